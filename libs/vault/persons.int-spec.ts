import { randomId } from '@ardoise/format';
import { createTestVault, type TestVault, event } from '../testing/test-vault';
import type { PostgresVault } from './postgres-vault';
import type { UnitKey } from './vault';

let test: TestVault;
let vault: PostgresVault;
let organisation: string;

beforeAll(async () => {
  test = await createTestVault();
  vault = await test.open();
});
afterAll(() => test.close());
beforeEach(async () => {
  organisation = await test.organisation(vault);
});

async function admit(id: string = randomId()): Promise<string> {
  await vault.admitPerson(organisation, id, `person-${id}`);
  return id;
}

async function unitOf(person: string): Promise<UnitKey> {
  const request = { person, stream: `person-${person}`, category: 'account', part: randomId() };
  return ((await vault.sealingKeys(organisation, [request])) as [UnitKey])[0];
}

describe('persons', () => {
  it('are known once admitted, and admitted once', async () => {
    const person = await admit();
    await vault.admitPerson(organisation, person, 'person-other');
    expect(await vault.person(organisation, person)).toEqual({ person, state: 'active', stream: `person-${person}` });
    expect(await vault.person(organisation, randomId())).toBeUndefined();
    await expect(vault.admitPerson('nobody', person, 'x')).rejects.toMatchObject({ code: 'organisation-unknown' });
  });

  it('are indexed by their units, and streams by theirs', async () => {
    const [a, b] = [await admit(), await admit()];
    const stream = `session-${randomId()}`;
    const [x, y] = await vault.sealingKeys(organisation, [
      { person: a, stream, category: 'learning' },
      { person: b, stream, category: 'learning' },
    ]);
    const own = await unitOf(a);
    const units = (entries: { unit: string }[]) => entries.map(({ unit }) => unit).sort();
    expect(units(await vault.unitsOf(organisation, [a]))).toEqual([x?.unit, own.unit].sort());
    expect(units(await vault.unitsOf(organisation, [a, b]))).toHaveLength(3);
    expect(units(await vault.unitsOfStream(organisation, stream))).toEqual([x?.unit, y?.unit].sort());
    expect(await vault.unitsOfStream(await test.organisation(vault), stream)).toEqual([]);
  });
});

describe('aliases', () => {
  it('are found from any of them, in both directions', async () => {
    const persons = await Promise.all(Array.from({ length: 5 }, () => admit()));
    const [a, b, c, d, e] = persons as [string, string, string, string, string];
    await vault.setAlias(organisation, b, a);
    await vault.setAlias(organisation, c, b);
    await vault.setAlias(organisation, d, a);
    for (const one of [a, b, c, d]) expect(await vault.aliases(organisation, one)).toEqual([a, b, c, d].sort());
    expect(await vault.aliases(organisation, e)).toEqual([e]);
    expect((await vault.person(organisation, c))?.aliasOf).toBe(b);
    await vault.setAlias(organisation, b, undefined);
    expect(await vault.aliases(organisation, a)).toEqual([a, d].sort());
    await expect(vault.aliases(organisation, randomId())).rejects.toMatchObject({ code: 'person-unknown' });
  });

  it('never go round', async () => {
    const [a, b, c] = [await admit(), await admit(), await admit()];
    await vault.setAlias(organisation, b, a);
    await vault.setAlias(organisation, c, b);
    for (const [one, of] of [
      [a, c],
      [a, b],
      [a, a],
    ] as const) {
      await expect(vault.setAlias(organisation, one, of)).rejects.toMatchObject({ code: 'alias-cycle' });
    }
    const outcomes = await Promise.allSettled(
      [0, 1, 2, 3].map(async () => {
        const [x, y] = [await admit(), await admit()];
        return Promise.allSettled([vault.setAlias(organisation, x, y), vault.setAlias(organisation, y, x)]);
      }),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
      expect(outcome.value.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  it('are of persons that are known and not fenced', async () => {
    const [a, b] = [await admit(), await admit()];
    await expect(vault.setAlias(organisation, a, randomId())).rejects.toMatchObject({ code: 'person-unknown' });
    await expect(vault.setAlias(organisation, randomId(), a)).rejects.toMatchObject({ code: 'person-unknown' });
    await vault.fence(organisation, [b], []);
    await expect(vault.setAlias(organisation, a, b)).rejects.toMatchObject({ code: 'person-erased' });
    await expect(vault.setAlias(organisation, b, a)).rejects.toMatchObject({ code: 'person-erased' });
  });
});

describe('look-ups', () => {
  it('find a person by an external id that is stored nowhere', async () => {
    const person = await admit();
    const { unit } = await unitOf(person);
    expect(await vault.putLookup(organisation, 'lms', 'CANARY-É', person, unit)).toBe(true);
    expect(await vault.findByLookup(organisation, 'lms', 'CANARY-E\u0301')).toBe(person);
    expect(await vault.findByLookup(organisation, 'crm', 'CANARY-É')).toBeUndefined();
    expect(await vault.findByLookup(await test.organisation(vault), 'lms', 'CANARY-É')).toBeUndefined();
    expect(JSON.stringify(await test.sql('SELECT * FROM vault.lookups'))).not.toContain('CANARY');
  });

  it('are one person’s, until dropped', async () => {
    const [a, b] = [await admit(), await admit()];
    const [ua, ub] = [await unitOf(a), await unitOf(b)];
    expect(await vault.putLookup(organisation, 'lms', '1', a, ua.unit)).toBe(true);
    expect(await vault.putLookup(organisation, 'lms', '1', a, ua.unit)).toBe(true);
    expect(await vault.putLookup(organisation, 'lms', '1', b, ub.unit)).toBe(false);
    await vault.dropLookup(organisation, 'lms', '1', b);
    expect(await vault.findByLookup(organisation, 'lms', '1')).toBe(a);
    await vault.dropLookup(organisation, 'lms', '1', a);
    expect(await vault.putLookup(organisation, 'lms', '1', b, ub.unit)).toBe(true);
  });

  it('die with the unit that they were last recorded under', async () => {
    const person = await admit();
    const [old, latest] = [await unitOf(person), await unitOf(person)];
    await vault.putLookup(organisation, 'lms', '1', person, old.unit);
    await vault.putLookup(organisation, 'lms', '1', person, latest.unit);
    await vault.destroy(organisation, event, [old]);
    expect(await vault.findByLookup(organisation, 'lms', '1')).toBe(person);
    await vault.fence(organisation, [person], []);
    expect(await vault.findByLookup(organisation, 'lms', '1')).toBeUndefined();
    await vault.destroy(organisation, event, [latest]);
    expect(await test.sql('SELECT FROM vault.lookups WHERE organisation = $1', [organisation])).toEqual([]);
    const again = await admit();
    expect(await vault.putLookup(organisation, 'lms', '1', again, (await unitOf(again)).unit)).toBe(true);
  });

  it('hang on a living unit of their person', async () => {
    const [a, b] = [await admit(), await admit()];
    const { unit } = await unitOf(a);
    for (const [person, wrong] of [
      [b, unit],
      [a, randomId()],
      [a, 'no id'],
    ] as const) {
      await expect(vault.putLookup(organisation, 'lms', '1', person, wrong)).rejects.toMatchObject({
        code: 'unit-ended',
      });
    }
  });

  it('that race the destruction of their unit do not survive it', async () => {
    for (let round = 0; round < 30; round++) {
      const person = await admit();
      const key = await unitOf(person);
      await Promise.all([
        vault.putLookup(organisation, 'lms', `race-${round}`, person, key.unit).catch(() => false),
        vault.destroy(organisation, event, [key]),
      ]);
      expect(await test.sql('SELECT FROM vault.lookups WHERE unit = $1', [key.unit])).toEqual([]);
    }
  });
});

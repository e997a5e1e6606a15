import { randomId } from '@ardoise/format';
import { createTestVault, type TestVault, event } from '../testing/test-vault';
import type { PostgresVault } from './postgres-vault';
import type { Keep, OpenedKey, UnitKey, UnitReference } from './vault';

let test: TestVault;
let vault: PostgresVault;
let other: PostgresVault;
let organisation: string;
let person: string;
const until = new Date('2036-12-31T23:00:00Z');

beforeAll(async () => {
  test = await createTestVault();
  vault = await test.open();
  other = await test.open({ leaseMilliseconds: 0 });
});
afterAll(() => test.close());
beforeEach(async () => {
  organisation = await test.organisation(vault);
  person = await admit();
});

async function admit(): Promise<string> {
  const id = randomId();
  await vault.admitPerson(organisation, id, `person-${id}`);
  return id;
}

const request = (of = person) => ({ person: of, stream: `learning-${randomId()}`, category: 'learning' });
const make = (count: number, of = person) =>
  vault.sealingKeys(
    organisation,
    Array.from({ length: count }, () => request(of)),
  );
const stateOf = async (by: PostgresVault, unit: UnitReference): Promise<OpenedKey['state'] | undefined> =>
  (await by.openingKeys(organisation, [unit])).get(unit.unit)?.state;
const ids = (units: readonly { unit: string }[]) => units.map(({ unit }) => unit).sort();

describe('a fence', () => {
  it('lists what is to be destroyed, ends it for all, and refuses anything new', async () => {
    const keys = await make(3);
    const fenced = await vault.fence(organisation, [person], []);
    expect(ids(fenced)).toEqual(ids(keys));
    expect(fenced.every(({ state }) => state === 'fenced')).toBe(true);
    // What they hold is let go of before the keys are destroyed: until then a fenced unit opens.
    for (const by of [vault, other]) expect(await stateOf(by, keys[0] as UnitKey)).toBe('open');
    await expect(make(1)).rejects.toMatchObject({ code: 'person-erased' });
    await expect(vault.admitPerson(organisation, person, 'x')).rejects.toMatchObject({ code: 'person-erased' });
    expect(await vault.person(organisation, person)).toMatchObject({ state: 'fenced', stream: `person-${person}` });
    expect(ids(await vault.fence(organisation, [person], []))).toEqual(ids(keys));
    await vault.destroy(organisation, event, keys);
    for (const by of [vault, other]) expect(await stateOf(by, keys[0] as UnitKey)).toBe('destroyed');
  });

  it('refuses to seal under a unit that it fenced, and seals on under one that is kept', async () => {
    const requests = [request(), request()];
    const [gone, kept] = (await vault.sealingKeys(organisation, requests)) as [UnitKey, UnitKey];
    const keep: Keep[] = [{ unit: kept.unit, ground: 'accounts', until }];
    for (let round = 0; round < 2; round++) {
      expect(ids(await vault.fence(organisation, [person], keep))).toEqual([gone.unit]);
      for (const by of [vault, other]) {
        expect(await by.sealingKeys(organisation, requests.slice(1))).toEqual([kept]);
        expect(await stateOf(by, kept)).toBe('open');
        await expect(by.sealingKeys(organisation, requests.slice(0, 1))).rejects.toMatchObject({
          code: 'person-erased',
        });
      }
    }
    expect(await vault.unitsOf(organisation, [person])).toContainEqual({
      unit: kept.unit,
      fingerprint: kept.fingerprint,
      stream: requests[1]?.stream,
      category: 'learning',
      person,
      state: 'held',
      createdAt: test.clock.now(),
      keptUntil: until,
      ground: 'accounts',
    });
  });

  it('takes a unit back from destruction when it is named later, and keeps what a repetition does not name', async () => {
    const [first, late] = (await make(2)) as [UnitKey, UnitKey];
    await vault.fence(organisation, [person], [{ unit: first.unit, ground: 'accounts', until }]);
    expect(await vault.fence(organisation, [person], [{ unit: late.unit, ground: 'claim', until }])).toEqual([]);
    expect(await stateOf(vault, first)).toBe('open');
    expect(await stateOf(vault, late)).toBe('open');
  });

  it('refuses to keep what is not theirs, and then has done nothing', async () => {
    const [foreign] = (await make(1, await admit())) as [UnitKey];
    const [key] = (await make(1)) as [UnitKey];
    for (const unit of [foreign.unit, randomId(), 'no id']) {
      const keep = [{ unit, ground: 'accounts', until }];
      await expect(vault.fence(organisation, [person], keep)).rejects.toMatchObject({ code: 'unit-ended' });
    }
    expect(await stateOf(other, key)).toBe('open');
    await expect(vault.fence(organisation, [randomId()], [])).rejects.toMatchObject({ code: 'person-unknown' });
  });

  it('reaches every alias', async () => {
    const [second, third] = [await admit(), await admit()];
    await vault.setAlias(organisation, second, person);
    await vault.setAlias(organisation, third, second);
    const keys = [...(await make(1)), ...(await make(1, second)), ...(await make(1, third))];
    expect(ids(await vault.fence(organisation, [second], []))).toEqual(ids(keys));
    for (const one of [person, second, third]) {
      expect((await vault.person(organisation, one))?.state).toBe('fenced');
    }
  });

  it('races the making of units: each is refused or listed', async () => {
    const rounds = 60;
    let refused = 0;
    let listed = 0;
    for (let round = 0; round < rounds; round++) {
      const raced = await admit();
      const alias = await admit();
      await vault.setAlias(organisation, alias, raced);
      const makings = Array.from({ length: 6 }, (_, i) =>
        (i % 2 ? vault : other).sealingKeys(organisation, [request(i % 3 ? raced : alias), request(raced)]).then(
          (keys) => ids(keys),
          (error: { code: string }) => {
            expect(error.code).toBe('person-erased');
            return [];
          },
        ),
      );
      // The fence starts after none, some or all statements of the makings have: a turn of the event loop apart.
      for (let turn = 0; turn < round % 12; turn++) await new Promise((resolve) => setImmediate(resolve));
      const fenced = new Set(ids(await other.fence(organisation, [raced], [])));
      const made = await Promise.all(makings);
      for (const units of made) {
        if (units.length === 0) refused++;
        for (const unit of units) {
          listed++;
          expect(fenced).toContain(unit);
        }
      }
      expect(await test.sql(`SELECT FROM vault.units WHERE person = $1 AND state = 'active'`, [raced])).toEqual([]);
    }
    expect(refused).toBeGreaterThan(0);
    expect(listed).toBeGreaterThan(0);
  });
});

describe('destruction', () => {
  it('takes key and links, keeps id and fingerprint, and may be repeated', async () => {
    const keys = await make(3);
    await vault.fence(organisation, [person], []);
    for (let round = 0; round < 2; round++) {
      await vault.destroy(organisation, event, keys);
      const rows = await test.sql(
        `SELECT state, num_nonnulls(wrapped, person, stream, category, part, ground) AS left, ended_at, fingerprint
           FROM vault.units WHERE unit = $1`,
        [keys[0]?.unit],
      );
      expect(rows).toEqual([
        {
          state: 'destroyed',
          left: 0,
          ended_at: test.clock.now(),
          fingerprint: Buffer.from(keys[0]?.fingerprint ?? '', 'hex'),
        },
      ]);
    }
    expect(await vault.unitsOf(organisation, [person])).toEqual([]);
    expect(await vault.fence(organisation, [person], [])).toEqual([]);
    expect((await vault.person(organisation, person))?.state).toBe('erased');
  });

  it('goes on where a crash left it', async () => {
    const keys = await make(4);
    await vault.fence(organisation, [person], []);
    await vault.destroy(organisation, event, keys.slice(0, 2));
    expect((await vault.person(organisation, person))?.state).toBe('fenced');
    await expect(vault.markErased(organisation, [person])).rejects.toMatchObject({ code: 'person-not-fenced' });
    expect(ids(await other.fence(organisation, [person], []))).toEqual(ids(keys.slice(2)));
  });

  it('erases the person, with stream and aliases, though a unit is kept', async () => {
    const alias = await admit();
    await vault.setAlias(organisation, alias, person);
    const [kept, gone] = (await make(2)) as [UnitKey, UnitKey];
    await expect(vault.markErased(organisation, [person])).rejects.toMatchObject({ code: 'person-not-fenced' });
    await vault.fence(organisation, [person], [{ unit: kept.unit, ground: 'accounts', until }]);
    await vault.destroy(organisation, event, [gone]);
    for (let round = 0; round < 2; round++) await vault.markErased(organisation, [person, alias]);
    expect(await vault.person(organisation, person)).toEqual({ person, state: 'erased' });
    expect(await vault.person(organisation, alias)).toEqual({ person: alias, state: 'erased' });
    await expect(vault.admitPerson(organisation, person, 'x')).rejects.toMatchObject({ code: 'person-erased' });
    expect(await stateOf(other, kept)).toBe('open');
    await vault.destroy(organisation, event, [kept]);
    expect(await stateOf(vault, kept)).toBe('destroyed');
  });

  it('does not make an erased person of one whose units ended by themselves', async () => {
    await vault.destroy(organisation, event, await make(1));
    expect((await vault.person(organisation, person))?.state).toBe('active');
    expect(await make(1)).toHaveLength(1);
  });

  it('buries a unit that the vault does not know', async () => {
    const unit = { unit: randomId(), fingerprint: 'ab'.repeat(32) };
    for (let round = 0; round < 2; round++) await vault.destroy(organisation, event, [unit]);
    expect(await stateOf(vault, unit)).toBe('destroyed');
    await expect(vault.destroy('nobody', event, [{ ...unit, unit: randomId() }])).rejects.toMatchObject({
      code: 'organisation-unknown',
    });
  });

  it('destroys again what came back with an older copy of the table', async () => {
    const [key] = (await make(1)) as [UnitKey];
    await test.sql('CREATE TABLE public.dump AS SELECT * FROM vault.units WHERE unit = $1', [key.unit]);
    await vault.destroy(organisation, event, [key]);
    await test.sql('ALTER TABLE vault.units DISABLE TRIGGER guard_unit_row');
    await test.sql('DELETE FROM vault.units WHERE unit = $1', [key.unit]);
    await test.sql('ALTER TABLE vault.units ENABLE TRIGGER guard_unit_row');
    await test.sql('INSERT INTO vault.units SELECT * FROM public.dump');
    await test.sql('DROP TABLE public.dump');
    await expect(stateOf(other, key)).rejects.toMatchObject({ code: 'key-returned' });
    await vault.destroy(organisation, event, [key]);
    expect(await stateOf(other, key)).toBe('destroyed');
  });

  it('refuses another fingerprint or another organisation’s unit, and then destroys nothing', async () => {
    const [a, b] = (await make(2)) as [UnitKey, UnitKey];
    const altered = { unit: b.unit, fingerprint: a.fingerprint };
    await expect(vault.destroy(organisation, event, [a, altered])).rejects.toMatchObject({ code: 'key-tampered' });
    const elsewhere = await test.organisation(vault);
    await expect(vault.destroy(elsewhere, event, [a])).rejects.toMatchObject({ code: 'key-tampered' });
    await expect(vault.destroy(organisation, event, [{ unit: 'x', fingerprint: '' }])).rejects.toMatchObject({
      code: 'key-tampered',
    });
    expect(await stateOf(other, a)).toBe('open');
  });

  it('does not wait for ever on fences, makings and other destructions of the same person', async () => {
    for (let round = 0; round < 15; round++) {
      const raced = await admit();
      const keys = await make(40, raced);
      await Promise.all([
        other.destroy(organisation, event, keys.slice(0, 30)),
        vault.destroy(organisation, event, keys.slice(10).reverse()),
        vault.fence(organisation, [raced], []),
        other.fence(organisation, [raced], []),
        other.sealingKeys(organisation, [request(raced)]).catch(() => undefined),
      ]);
      const left = await vault.fence(organisation, [raced], []);
      await vault.destroy(organisation, event, left);
      await vault.markErased(organisation, [raced]);
      expect(await vault.person(organisation, raced)).toEqual({ person: raced, state: 'erased' });
    }
  });
});

import { randomId } from '@ardoise/format';
import { createTestVault, type TestVault, endDay } from '../testing/test-vault';
import type { PostgresVault } from './postgres-vault';
import type { UnitKey, UnitReference } from './vault';

let test: TestVault;
let vault: PostgresVault;
let other: PostgresVault;
let organisation: string;
let person: string;
const day = '2026-11-22';

beforeAll(async () => {
  test = await createTestVault();
  vault = await test.open();
  other = await test.open({ leaseMilliseconds: 0 });
});
afterAll(() => test.close());
beforeEach(async () => {
  organisation = await test.organisation(vault);
  person = randomId();
  await vault.admitPerson(organisation, person, `person-${person}`);
});

const request = (category = 'technical', of = day) => ({ person, stream: `login-${randomId()}`, category, day: of });
const make = async (category?: string, of?: string, by = vault) =>
  ((await by.sealingKeys(organisation, [request(category, of)])) as [UnitKey])[0];
const stateOf = async (by: PostgresVault, unit: UnitReference) =>
  (await by.openingKeys(organisation, [unit])).get(unit.unit)?.state;

describe('units of a day', () => {
  it('show their day, and hang under one group per category and day', async () => {
    const keys = await vault.sealingKeys(organisation, [
      request(),
      request(),
      request('journal'),
      request('technical', '2026-11-23'),
    ]);
    expect(keys.map((key) => key.day)).toEqual([day, day, day, '2026-11-23']);
    const rows = await test.sql<{ groups: number }>(
      'SELECT count(DISTINCT group_id)::int AS groups FROM vault.units WHERE organisation = $1',
      [organisation],
    );
    expect(rows).toEqual([{ groups: 3 }]);
    expect((await other.openingKeys(organisation, keys)).get(keys[0]?.unit ?? '')).toEqual({
      state: 'open',
      key: keys[0],
    });
  });

  it('get one group when two processes need it at once', async () => {
    for (let round = 0; round < 20; round++) {
      const of = `2026-10-${String(round + 1).padStart(2, '0')}`;
      const keys = await Promise.all([make('technical', of), make('technical', of, other)]);
      for (const key of keys) {
        expect(await stateOf(other, key)).toBe('open');
        expect(await stateOf(vault, key)).toBe('open');
      }
    }
  });

  it('end for everybody with one key, without touching their rows', async () => {
    const keys = await Promise.all([make(), make(), make()]);
    const journal = await make('journal');
    const id = await endDay(vault, organisation, 'technical', day);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(await endDay(vault, organisation, 'technical', day)).toBeUndefined();
    for (const key of keys) {
      for (const by of [vault, other]) expect(await stateOf(by, key)).toBe('destroyed');
    }
    expect(await stateOf(other, journal)).toBe('open');
    expect((await vault.unitsOf(organisation, [person])).map(({ state }) => state).sort()).toEqual([
      'active',
      'destroyed',
      'destroyed',
      'destroyed',
    ]);
    for (const by of [vault, other]) {
      await expect(make('technical', day, by)).rejects.toMatchObject({ code: 'unit-ended' });
    }
  });

  it('refuse what is asked for again after the day ended', async () => {
    const wanted = request();
    await vault.sealingKeys(organisation, [wanted]);
    await endDay(vault, organisation, 'technical', day);
    await expect(vault.sealingKeys(organisation, [wanted])).rejects.toMatchObject({ code: 'unit-ended' });
    await expect(other.sealingKeys(organisation, [wanted])).rejects.toMatchObject({ code: 'unit-ended' });
  });

  it('cannot begin on a day that was ended before it had any', async () => {
    expect(await endDay(vault, organisation, 'technical', '2020-01-01')).toBeUndefined();
    expect(await endDay(vault, organisation, 'technical', '2020-01-01')).toBeUndefined();
    await expect(make('technical', '2020-01-01')).rejects.toMatchObject({ code: 'unit-ended' });
    const reference = { unit: randomId(), fingerprint: 'a'.repeat(64), day: '2020-01-01' };
    // Nothing was ever sealed on that day: a unit that says so is not one that ended.
    expect(await stateOf(other, reference)).toBe('unknown');
  });

  it('race the end of their day: refused, or destroyed with it', async () => {
    for (let round = 1; round <= 28; round++) {
      const of = `2026-09-${String(round).padStart(2, '0')}`;
      if (round % 2) await make('technical', of);
      const makings = [vault, other, vault].map((by) =>
        make('technical', of, by).catch((error: { code: string }) => {
          expect(error.code).toBe('unit-ended');
          return undefined;
        }),
      );
      for (let turn = 0; turn < round % 9; turn++) await new Promise((resolve) => setImmediate(resolve));
      await endDay(other, organisation, 'technical', of);
      for (const key of await Promise.all(makings)) {
        if (key) expect(await stateOf(other, key)).toBe('destroyed');
      }
    }
  });
});

describe('sweeping ended days', () => {
  async function sweep(limit: number): Promise<number> {
    let swept = 0;
    for (let part = -1; part !== 0; swept += part) part = await vault.sweepEndedDays(limit);
    return swept;
  }

  it('takes links at once, and rows when no group of the day lives', async () => {
    await sweep(1_000);
    const technical = await Promise.all([make(), make(), make()]);
    const journal = await make('journal');
    await endDay(vault, organisation, 'technical', day);
    expect(await sweep(2)).toBe(3);
    expect((await vault.unitsOf(organisation, [person])).map(({ unit }) => unit)).toEqual([journal.unit]);
    expect(await test.sql('SELECT FROM vault.units WHERE organisation = $1', [organisation])).toHaveLength(4);
    const never = { unit: randomId(), fingerprint: 'a'.repeat(64), day };
    expect(await stateOf(other, never)).toBe('unknown');
    await endDay(vault, organisation, 'journal', day);
    await sweep(2);
    expect(await test.sql('SELECT FROM vault.units WHERE organisation = $1', [organisation])).toEqual([]);
    for (const key of [...technical, journal]) expect(await stateOf(other, key)).toBe('destroyed');
    expect(await stateOf(other, { unit: technical[0].unit, fingerprint: technical[0].fingerprint })).toBe('missing');
  });
});

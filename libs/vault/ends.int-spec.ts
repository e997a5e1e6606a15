import { randomId } from '@ardoise/format';
import type { Pool, PoolClient } from 'pg';
import { createTestVault, event, type TestVault } from '../testing/test-vault';
import type { PostgresVault } from './postgres-vault';
import type { UnitKey, UnitRequest } from './vault';

let test: TestVault;
let vault: PostgresVault;
let organisation: string;
let person: string;

beforeAll(async () => {
  test = await createTestVault();
  vault = await test.open();
});
afterAll(() => test.close());
beforeEach(async () => {
  organisation = await test.organisation(vault);
  person = randomId();
  await vault.admitPerson(organisation, person, `person-${person}`);
});

const request = (category: string, day?: string): UnitRequest => ({
  person,
  stream: `stream-${randomId()}`,
  category,
  ...(day === undefined ? {} : { day }),
});
const make = (...requests: UnitRequest[]): Promise<UnitKey[]> => vault.sealingKeys(organisation, requests);
const instant = (text: string): Date => new Date(text);

describe('what was kept until a date', () => {
  it('is found when its date has come, the earliest first, and not before', async () => {
    const [first, later, other] = (await make(request('billing'), request('billing'), request('learning'))) as [
      UnitKey,
      UnitKey,
      UnitKey,
    ];
    await vault.fence(
      organisation,
      [person],
      [
        { unit: first.unit, ground: 'law', until: instant('2036-12-31T23:00:00Z') },
        { unit: later.unit, ground: 'law', until: instant('2037-12-31T23:00:00Z') },
      ],
    );
    const due = async (at: string, limit = 10) =>
      (await vault.keptUntilBefore(organisation, instant(at), limit)).map(({ unit }) => unit);
    expect(await due('2036-12-31T22:59:59.999Z')).toEqual([]);
    expect(await due('2036-12-31T23:00:00Z')).toEqual([first.unit]);
    expect(await due('2040-01-01T00:00:00Z')).toEqual([first.unit, later.unit]);
    expect(await due('2040-01-01T00:00:00Z', 1)).toEqual([first.unit]);
    expect(await vault.keptUntilBefore(await test.organisation(vault), instant('2040-01-01T00:00:00Z'), 10)).toEqual(
      [],
    );
    await vault.destroy(organisation, event, [first, other]);
    expect(await due('2040-01-01T00:00:00Z')).toEqual([later.unit]);
    await vault.destroyGroups(organisation, event, await vault.closeOrganisation(organisation));
    expect(await due('2040-01-01T00:00:00Z')).toEqual([]);
  });
});

describe('the end of a day', () => {
  const units = 3_000;
  const day = '2025-10-01';

  /** Place and version of each row of a unit: another as soon as anything is written to it. */
  const versions = () =>
    test.sql('SELECT unit, xmin::text, ctid::text FROM vault.units WHERE organisation = $1 ORDER BY unit', [
      organisation,
    ]);

  /** Statements that a vault of its own, on a connection of its own, sends while something is done. */
  async function statementsOf(run: (by: PostgresVault) => Promise<unknown>): Promise<string[]> {
    const by = await test.open({ listen: false });
    const { pool } = (by as unknown as { database: { pool: Pool } }).database;
    const seen: string[] = [];
    const note = (client: PoolClient): void => {
      const query = client.query.bind(client) as (...given: unknown[]) => unknown;
      (client as { query: unknown }).query = (...given: unknown[]) => {
        seen.push(JSON.stringify(given[0]));
        return query(...given);
      };
    };
    await pool.query('SELECT 1');
    pool.once('acquire', note);
    await run(by);
    return seen;
  }

  it('destroys the keys of all in as many statements as of one, and touches the row of none', async () => {
    const counts: number[] = [];
    for (const many of [1, units]) {
      const on = many === 1 ? '2025-09-30' : day;
      await make(...Array.from({ length: many }, () => request('technical', on)));
      const groups = await vault.closeDay(organisation, 'technical', on);
      expect(await vault.unitsUnder(organisation, groups)).toBe(many);
      const before = await versions();
      const statements = await statementsOf((by) => by.destroyGroups(organisation, event, groups));
      expect(statements.filter((text) => /vault\.units/.test(text))).toEqual([]);
      expect(await versions()).toEqual(before);
      counts.push(statements.length);
    }
    expect(counts[0]).toBe(counts[1]);
    expect(counts[0]).toBeGreaterThan(0);
  });
});

describe('sweeping an ended organisation', () => {
  it('takes all links away, in parts, and what was there reads as destroyed still', async () => {
    const keys = await make(request('learning'), request('billing'), request('technical', '2025-10-01'));
    await vault.markLost(organisation, [keys[1] as UnitKey]);
    expect(await vault.sweepEndedOrganisation(organisation, 10)).toBe(0);
    const states = async () => {
      const opened = await vault.openingKeys(organisation, keys);
      return keys.map(({ unit }) => opened.get(unit)?.state);
    };
    expect(await states()).toEqual(['open', 'lost', 'open']);
    await vault.destroyGroups(organisation, event, await vault.closeOrganisation(organisation));
    expect(await vault.sweepEndedOrganisation(organisation, 2)).toBe(2);
    expect(await vault.sweepEndedOrganisation(organisation, 2)).toBe(1);
    expect(await vault.sweepEndedOrganisation(organisation, 2)).toBe(0);
    expect(await states()).toEqual(['destroyed', 'lost', 'destroyed']);
    const linked = await test.sql(
      `SELECT FROM vault.units WHERE organisation = $1 AND num_nonnulls(wrapped, person, stream, category, part) > 0`,
      [organisation],
    );
    const persons = await test.sql(
      'SELECT FROM vault.persons WHERE organisation = $1 AND num_nonnulls(stream, alias_of) > 0',
      [organisation],
    );
    expect([linked, persons]).toEqual([[], []]);
  });

  it('knows no unit that was never there', async () => {
    await vault.destroyGroups(organisation, event, await vault.closeOrganisation(organisation));
    const reference = { unit: randomId(), fingerprint: 'a'.repeat(64) };
    expect((await vault.openingKeys(organisation, [reference])).get(reference.unit)?.state).toBe('unknown');
  });
});

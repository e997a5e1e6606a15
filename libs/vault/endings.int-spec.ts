import { randomId } from '@ardoise/format';
import { createTestVault, endDay, event, type TestVault } from '../testing/test-vault';
import type { PostgresVault } from './postgres-vault';
import { anchorReceipt, type UnitKey, type UnitReference } from './vault';

let test: TestVault;
let vault: PostgresVault;
let other: PostgresVault;
let organisation: string;
let person: string;

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

const make = async (day?: string): Promise<UnitKey> => {
  const request = { person, stream: `login-${randomId()}`, category: 'technical', ...(day ? { day } : {}) };
  return (await vault.sealingKeys(organisation, [request]))[0] as UnitKey;
};
const opened = async (unit: UnitReference) => (await other.openingKeys(organisation, [unit])).get(unit.unit);
const asOwner = async (guard: string, table: string, statement: string, values: unknown[]) => {
  await test.sql(`ALTER TABLE vault.${table} DISABLE TRIGGER ${guard}`);
  await test.sql(statement, values);
  await test.sql(`ALTER TABLE vault.${table} ENABLE TRIGGER ${guard}`);
};

describe('the record of endings', () => {
  it('is the receipt of what reads as erased, the first one for good', async () => {
    const key = await make();
    await vault.destroy(organisation, event, [key]);
    await vault.destroy(organisation, 'd'.repeat(32), [key]);
    expect(await opened(key)).toEqual({ state: 'destroyed', receipt: event });
  });

  it('is only added to, whoever asks', async () => {
    const key = await make();
    await vault.destroy(organisation, event, [key]);
    await expect(test.sql('DELETE FROM vault.endings WHERE id = $1', [key.unit])).rejects.toThrow(/stays on record/);
    await expect(test.sql('UPDATE vault.endings SET event = NULL')).rejects.toThrow(/stays on record/);
    await expect(test.sql('TRUNCATE vault.endings')).rejects.toThrow(/stays on record/);
  });

  it('tells a key whose bytes were put back by hand, for opening and for sealing', async () => {
    const key = await make();
    const [row] = await test.sql('SELECT * FROM vault.units WHERE unit = $1', [key.unit]);
    await vault.destroy(organisation, event, [key]);
    await asOwner(
      'guard_unit',
      'units',
      `UPDATE vault.units SET state = 'active', wrapped = $2, person = $3, stream = $4, category = $5, part = '',
              ended_at = NULL WHERE unit = $1`,
      [key.unit, row?.wrapped, row?.person, row?.stream, row?.category],
    );
    const returned = { code: 'key-returned' };
    await expect(opened(key)).rejects.toMatchObject(returned);
    const request = { person, stream: String(row?.stream), category: 'technical' };
    await expect(other.sealingKeys(organisation, [request])).rejects.toMatchObject(returned);
  });

  it('tells a group whose key was put back by hand', async () => {
    const key = await make('2026-01-05');
    const [row] = await test.sql('SELECT * FROM vault.groups WHERE organisation = $1 AND day IS NOT NULL', [
      organisation,
    ]);
    await endDay(vault, organisation, 'technical', '2026-01-05');
    await asOwner(
      'guard_group',
      'groups',
      `UPDATE vault.groups SET state = 'active', wrapped = $2, ended_at = NULL, receipt = NULL WHERE id = $1`,
      [row?.id, row?.wrapped],
    );
    await expect(opened(key)).rejects.toMatchObject({ code: 'key-returned' });
  });

  it('tells a key that somebody emptied: it does not read as erased', async () => {
    const key = await make();
    await asOwner(
      'guard_unit',
      'units',
      `UPDATE vault.units SET state = 'destroyed', wrapped = NULL, person = NULL, stream = NULL, category = NULL,
              part = NULL, ended_at = now() WHERE unit = $1`,
      [key.unit],
    );
    await expect(opened(key)).rejects.toMatchObject({ code: 'key-gone' });
  });
});

describe('a unit that is not there', () => {
  it('is missing when this vault made it, and unknown when it did not', async () => {
    const key = await make();
    await asOwner('guard_unit_row', 'units', 'DELETE FROM vault.units WHERE unit = $1', [key.unit]);
    expect(await opened(key)).toEqual({ state: 'missing' });
    const foreign = { unit: randomId(), fingerprint: key.fingerprint };
    expect(await opened(foreign)).toEqual({ state: 'unknown' });
    const elsewhere = await test.organisation(vault);
    expect((await other.openingKeys(elsewhere, [key])).get(key.unit)).toEqual({ state: 'unknown' });
  });

  it('is lost by an operator’s word, and never destroyed by it', async () => {
    const [gone, ended] = [await make(), await make()];
    await vault.destroy(organisation, event, [ended]);
    await asOwner('guard_unit_row', 'units', 'DELETE FROM vault.units WHERE unit = $1', [gone.unit]);
    await vault.markLost(organisation, [gone, ended]);
    expect(await opened(gone)).toEqual({ state: 'lost' });
    expect(await opened(ended)).toEqual({ state: 'destroyed', receipt: event });
  });
});

describe('the end of an organisation', () => {
  it('ends everything under every group, and its name stays taken', async () => {
    const keys = [await make(), await make('2026-01-05'), await make('2026-01-06')];
    const groups = await vault.closeOrganisation(organisation);
    expect(groups).toHaveLength(3);
    for (const key of keys) expect((await opened(key))?.state).toBe('open');
    await expect(make()).rejects.toMatchObject({ code: 'organisation-ended' });
    await expect(make('2026-01-05')).rejects.toMatchObject({ code: 'unit-ended' });
    await expect(make('2026-01-07')).rejects.toMatchObject({ code: 'organisation-ended' });
    for (let round = 0; round < 2; round++) await vault.destroyGroups(organisation, event, groups);
    for (const key of keys) expect(await opened(key)).toEqual({ state: 'destroyed', receipt: event });
    await expect(other.naming(organisation)).rejects.toMatchObject({ code: 'organisation-ended' });
    await expect(vault.admitOrganisation(organisation)).rejects.toMatchObject({ code: 'organisation-ended' });
    expect(await vault.organisations()).toContainEqual({ organisation, state: 'ended' });
  });

  it('destroys no group by another’s fingerprint, nor another organisation’s', async () => {
    const [group] = await vault.groups(organisation);
    const wrong = { ...group, group: group?.group ?? '', epoch: 1, fingerprint: 'ab'.repeat(32) };
    await expect(vault.destroyGroups(organisation, event, [wrong])).rejects.toMatchObject({ code: 'key-tampered' });
    const elsewhere = await test.organisation(vault);
    const theirs = (await vault.groups(elsewhere))[0];
    if (!theirs) throw new Error('no group');
    await expect(vault.destroyGroups(organisation, event, [theirs])).rejects.toMatchObject({ code: 'key-tampered' });
  });

  it('ends groups of which a restored vault knows nothing', async () => {
    const unheard = {
      group: randomId(),
      fingerprint: 'ab'.repeat(32),
      epoch: 1,
      category: 'technical',
      day: '2025-03-01',
    };
    await vault.destroyGroups(organisation, event, [unheard]);
    await expect(make('2025-03-01')).rejects.toMatchObject({ code: 'unit-ended' });
  });
});

describe('a quarantine', () => {
  it('seals nothing, opens what the anchor does not refuse, and ends', async () => {
    const [refused, left] = [await make(), await make()];
    vault.quarantine(organisation, [refused]);
    await expect(make()).rejects.toMatchObject({ code: 'organisation-quarantined' });
    const answers = await vault.openingKeys(organisation, [refused, left]);
    expect(answers.get(refused.unit)).toEqual({ state: 'destroyed', receipt: anchorReceipt });
    expect(answers.get(left.unit)?.state).toBe('open');
    vault.release(organisation);
    expect((await make()).unit).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a database that is another than before', () => {
  it('is checked before anything is opened or sealed on it', async () => {
    const key = await make();
    const watching = await test.open({ leaseMilliseconds: 30_000 });
    const seen: string[] = [];
    watching.onReconnected(async () => {
      seen.push((await watching.unguarded.openingKeys(organisation, [key])).get(key.unit)?.state ?? '');
    });
    expect((await watching.openingKeys(organisation, [key])).get(key.unit)?.state).toBe('open');
    expect(seen).toEqual([]);
    // What a restore leaves: the table is another, and old connections are gone.
    await test.sql('CREATE TABLE vault.copy (LIKE vault.units INCLUDING ALL)');
    await test.sql('INSERT INTO vault.copy SELECT * FROM vault.units');
    await test.sql('ALTER TABLE vault.units RENAME TO before');
    await test.sql('ALTER TABLE vault.copy RENAME TO units');
    await test.sql('GRANT SELECT, INSERT, UPDATE, DELETE ON vault.units TO ardoise_vault');
    await test.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'vault'`);
    watching.dropUnits([key.unit]);
    const states = await Promise.all(
      Array.from({ length: 5 }, () => {
        const answer = watching.openingKeys(organisation, [key]);
        return answer.then((map) => map.get(key.unit)?.state).catch((error: { code: string }) => error.code);
      }),
    );
    while (seen.length === 0) {
      watching.dropUnits([key.unit]);
      await watching.openingKeys(organisation, [key]).catch(() => undefined);
    }
    expect(seen).toEqual(['open']);
    expect(new Set(states)).not.toContain(undefined);
  });
});

it('the longest lease of any process bounds an erasure', async () => {
  const patient = await test.open({ leaseMilliseconds: 90_000 });
  expect(await other.leaseBound()).toBe(90_000);
  await patient.close();
  expect(await other.leaseBound()).toBe(30_000);
});

it('a mark only grows', async () => {
  expect(await vault.mark(organisation)).toBe(0n);
  expect(await vault.advanceMark(organisation)).toBe(1n);
  expect(await other.advanceMark(organisation)).toBe(2n);
  expect(await vault.mark(organisation)).toBe(2n);
});

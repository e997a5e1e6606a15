import { once } from 'node:events';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { randomId } from '@ardoise/format';
import { createPool } from '@ardoise/postgres';
import { forkTypeScript, messageFrom } from '../../testing/test-process';
import { createTestVault, event, type TestVault } from '../../testing/test-vault';
import { exclusivelyIn } from '../key-encryption/exclusive';
import type { KeyEncryption } from '../key-encryption/key-encryption';
import { Pkcs11KeyEncryption } from '../key-encryption/pkcs11';
import { createToken, softHsm } from '../../testing/soft-hsm';
import { TransitDouble } from '../key-encryption/spec-support/transit-double';
import { TransitKeyEncryption } from '../key-encryption/transit';
import type { PostgresVault } from '../postgres-vault';
import { VaultError, type UnitKey } from '../vault';
import { Rotation, rotationSteps, type RotationOptions } from './rotation';
import type { RotationOrder } from './spec-support/rotation-process';
import { TableLog } from './spec-support/table-log';

const horizonMilliseconds = 35 * 86_400_000;
const day = '2026-11-22';

let test: TestVault;
let vault: PostgresVault;
let pool: Pool;
let owner: Pool;
let log: TableLog;
let organisation: string;

beforeEach(async () => {
  test = await createTestVault();
  vault = await test.open({ leaseMilliseconds: 0 });
  pool = createPool(test.url, { role: 'ardoise_vault', applicationName: 'rotation', max: 4 });
  owner = createPool(test.url, { applicationName: 'owner of rotation', max: 2 });
  log = await TableLog.open(owner);
  organisation = await test.organisation(vault);
});
afterEach(async () => {
  await Promise.all([pool.end(), owner.end()]);
  await test.close();
});

const rotating = (options: Partial<RotationOptions> = {}): Rotation =>
  new Rotation({ pool, keyEncryption: test.keyEncryption, log, clock: test.clock, batch: 7, ...options });

/** Units of new persons, every third of a day of logs. */
async function make(count: number, of = organisation, by = vault): Promise<UnitKey[]> {
  const requests = Array.from({ length: count }, (_, i) => ({
    person: randomId(),
    stream: `enrolment-${randomId()}`,
    category: i % 3 ? 'learning' : 'technical',
    ...(i % 3 ? {} : { day }),
  }));
  for (const { person } of requests) await by.admitPerson(of, person, `person-${person}`);
  return by.sealingKeys(of, requests);
}

async function expectOpen(units: readonly UnitKey[], of = organisation, by = vault): Promise<void> {
  const opened = await by.openingKeys(of, units);
  for (const unit of units) expect(opened.get(unit.unit)).toEqual({ state: 'open', key: unit });
}

const groupsOf = async (of = organisation) =>
  (await vault.groups(of)).map(({ epoch, state, kek, category }) => ({ epoch, state, kek, category }));

const dueAfter = (milliseconds: number): void => test.clock.set(new Date(test.clock.now().getTime() + milliseconds));

describe('a rotation', () => {
  it('puts everything under new keys, waits for its horizon, and then ends the old ones', async () => {
    const units = await make(30);
    const naming = (await vault.naming(organisation)).command('s', 'c');
    const oldKek = await test.keyEncryption.current();
    const rotation = rotating();
    await rotation.rotate({ horizonMilliseconds });
    const newKek = await test.keyEncryption.current();
    expect(newKek).not.toBe(oldKek);
    await expectOpen(units);
    expect((await vault.naming(organisation)).command('s', 'c')).toEqual(naming);
    expect(await groupsOf()).toEqual(
      expect.arrayContaining([
        { epoch: 1, state: 'retired', kek: oldKek },
        { epoch: 2, state: 'active', kek: newKek },
        { epoch: 1, state: 'retired', kek: oldKek, category: 'technical' },
        { epoch: 2, state: 'active', kek: newKek, category: 'technical' },
      ]),
    );
    expect(await rotation.entries.inStates(['waiting'])).toMatchObject([{ organisation, epoch: 2, units: 30 }]);

    dueAfter(horizonMilliseconds - 1_000);
    await rotation.resume();
    expect(await test.keyEncryption.keys()).toEqual([oldKek, newKek]);
    dueAfter(1_000);
    await rotation.resume();
    expect(await test.keyEncryption.keys()).toEqual([newKek]);
    expect((await groupsOf()).filter(({ state }) => state === 'retired')).toEqual([]);
    expect(await rotation.entries.inStates(['done'])).toMatchObject([{ organisation, epoch: 2 }]);
    await expectOpen(units);
    expect(await log.told(organisation)).toEqual([
      { type: 'keys-rotated', epoch: 2, value: '2026-12-27T10:00:00.000Z' },
      { type: 'groups-ended', epoch: 2, value: [expect.objectContaining({ epoch: 1 }), expect.anything()] },
    ]);
  });

  it('can follow another whose horizon has not come yet', async () => {
    const units = await make(9);
    const rotation = rotating();
    await rotation.rotate({ horizonMilliseconds });
    dueAfter(30 * 86_400_000);
    await rotation.rotate({ horizonMilliseconds });
    await expectOpen(units);
    expect(await test.keyEncryption.keys()).toHaveLength(3);
    dueAfter(5 * 86_400_000);
    await rotation.resume();
    expect(await test.keyEncryption.keys()).toHaveLength(2);
    dueAfter(30 * 86_400_000);
    await rotation.resume();
    expect(await test.keyEncryption.keys()).toHaveLength(1);
    await expectOpen(units);
    expect((await groupsOf()).filter(({ state }) => state === 'active').map(({ epoch }) => epoch)).toEqual([3, 3]);
  });

  it('of one organisation leaves the others, and the key that they are under', async () => {
    const other = await test.organisation(vault);
    const theirs = await make(6, other);
    const ours = await make(6);
    const first = await test.keyEncryption.current();
    await rotating().rotate({ horizonMilliseconds: 0, organisations: [organisation] });
    await expectOpen(ours);
    await expectOpen(theirs, other);
    const second = await test.keyEncryption.current();
    expect(await test.keyEncryption.keys()).toEqual([first, second]);
    // What is made for them now is under the new key all the same.
    await expectOpen(await make(3, other), other);
    await rotating().rotate({ horizonMilliseconds: 0, organisations: [other] });
    await expectOpen(theirs, other);
    // Nothing is under the first key any more; the second is the other's.
    expect(await test.keyEncryption.keys()).toEqual([second, await test.keyEncryption.current()]);
  });

  it('leaves what is destroyed destroyed, and what is lost lost', async () => {
    const units = await make(9);
    const [dead, lost] = [units[1] as UnitKey, units[2] as UnitKey];
    await vault.destroy(organisation, event, [dead]);
    await vault.markLost(organisation, [lost]);
    await rotating().rotate({ horizonMilliseconds: 0 });
    const opened = await vault.openingKeys(organisation, units);
    expect(opened.get(dead.unit)).toEqual({ state: 'destroyed', receipt: event });
    expect(opened.get(lost.unit)).toEqual({ state: 'lost' });
    await expectOpen(units.filter((unit) => unit !== dead && unit !== lost));
  });

  it('goes on beside a day and an organisation that are closed', async () => {
    const units = await make(9);
    const other = await test.organisation(vault);
    await make(3, other);
    let closed = false;
    const steps = {
      done: async (step: string) => {
        if (step !== 'rotation/groups-made' || closed) return;
        closed = true;
        await vault.closeDay(organisation, 'technical', day);
        await vault.closeOrganisation(other);
      },
    };
    await rotating({ steps }).rotate({ horizonMilliseconds: 0 });
    await expectOpen(units);
    expect((await vault.groups(other)).every(({ state }) => state === 'fenced')).toBe(true);
    const groups = await vault.closeDay(organisation, 'technical', day);
    await vault.destroyGroups(organisation, event, groups);
    const opened = await vault.openingKeys(organisation, units);
    for (const unit of units) {
      expect(opened.get(unit.unit)?.state).toBe(unit.day === undefined ? 'open' : 'destroyed');
    }
  });

  it.each(['rotation first', 'closing first'])(
    'loses no day that is closed while it gets its new key: %s',
    async (who) => {
      const units = (await make(9)).filter((unit) => unit.day !== undefined);
      const rotation = rotating();
      const acts = {
        'rotation first': () => rotation.rotate({ horizonMilliseconds }),
        'closing first': () => vault.closeDay(organisation, 'technical', day),
      };
      const waiting = async (count: number): Promise<void> => {
        for (;;) {
          const { rows } = await owner.query<{ waiting: number }>(
            `SELECT count(*)::int AS waiting FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%vault.groups%FOR UPDATE%'`,
          );
          if (rows[0]?.waiting === count) return;
          await new Promise(setImmediate);
        }
      };
      // Both want the day's group, which somebody holds: they stand in a queue, in the order that is to be tried.
      const holder = await owner.connect();
      await holder.query('BEGIN');
      await holder.query(`SELECT FROM vault.groups WHERE organisation = $1 AND day IS NOT NULL FOR UPDATE`, [
        organisation,
      ]);
      const order =
        who === 'rotation first'
          ? (['rotation first', 'closing first'] as const)
          : (['closing first', 'rotation first'] as const);
      const first = acts[order[0]]();
      await waiting(1);
      const second = acts[order[1]]();
      await waiting(2);
      await holder.query('COMMIT');
      holder.release();
      await Promise.all([first, second]);
      // What was closed is all that there is of the day, its new key too.
      const groups = await vault.closeDay(organisation, 'technical', day);
      const ofDay = (await vault.groups(organisation)).filter((group) => group.day === day);
      expect(ofDay.map(({ state }) => state)).toEqual(ofDay.map(() => 'fenced'));
      expect(groups).toHaveLength(ofDay.length);
      await vault.destroyGroups(organisation, event, groups);
      const opened = await vault.openingKeys(organisation, units);
      for (const { unit } of units) expect(opened.get(unit)).toEqual({ state: 'destroyed', receipt: event });
      dueAfter(horizonMilliseconds);
      await rotation.resume();
      expect(
        (await rotation.entries.inStates(['rewrapping', 'verifying', 'waiting'])).filter(({ problem }) => problem),
      ).toEqual([]);
    },
  );

  it('leaves out who is to be left as they are, without an alarm, and goes on with them later', async () => {
    const units = await make(6);
    const other = await test.organisation(vault);
    const theirs = await make(3, other);
    let quarantined = true;
    const rotation = rotating({ leaves: (of) => quarantined && of === other });
    await rotation.rotate({ horizonMilliseconds });
    expect((await groupsOf(other)).map(({ epoch }) => epoch)).toEqual([1, 1]);
    expect((await groupsOf()).filter(({ epoch }) => epoch === 2)).toHaveLength(2);
    expect((await rotation.entries.inStates(['rewrapping'])).filter(({ problem }) => problem)).toEqual([]);
    quarantined = false;
    await rotation.rotate({ horizonMilliseconds, organisations: [other] });
    expect((await groupsOf(other)).filter(({ epoch }) => epoch === 2)).toHaveLength(2);
    await expectOpen(units);
    await expectOpen(theirs, other);
  });

  it('of an organisation whose end is told while it runs is over, without an alarm', async () => {
    await make(3);
    const ended = new VaultError('organisation-ended', 'it has ended');
    const told = { rotated: () => Promise.reject(ended), ended: () => Promise.reject(ended) };
    const rotation = rotating({ log: told });
    await rotation.rotate({ horizonMilliseconds });
    expect(await rotation.entries.inStates(['rewrapping', 'verifying', 'waiting'])).toEqual([]);
  });

  it('stops for a unit that was tampered with, names it, and destroys nothing', async () => {
    const units = await make(20);
    const other = await test.organisation(vault);
    const theirs = await make(4, other);
    const bent = units[11] as UnitKey;
    await test.sql(
      `UPDATE vault.units SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) WHERE unit = $1`,
      [bent.unit],
    );
    const rotation = rotating();
    await rotation.rotate({ horizonMilliseconds: 0 });
    expect(await rotation.entries.inStates(['rewrapping'])).toMatchObject([
      { organisation, problem: expect.stringMatching(new RegExp(`^key-tampered: .*${bent.unit}`)) },
    ]);
    expect(await rotation.entries.inStates(['done'])).toMatchObject([{ organisation: other }]);
    expect(await log.told(organisation)).toEqual([]);
    expect((await groupsOf()).filter(({ state }) => state === 'destroyed')).toEqual([]);
    expect(await test.keyEncryption.keys()).toHaveLength(2);
    await expectOpen(units.filter((unit) => unit !== bent));
    await expectOpen(theirs, other);

    // What an operator can do: put the bytes right, or say that the unit is lost.
    await vault.markLost(organisation, [bent]);
    await rotation.resume();
    expect(await rotation.entries.inStates(['rewrapping', 'waiting'])).toEqual([]);
    expect(await test.keyEncryption.keys()).toHaveLength(1);
  });

  it('stops for a destroyed unit whose bytes somebody put back', async () => {
    const units = await make(4);
    const back = units[1] as UnitKey;
    const [row] = await test.sql('SELECT * FROM vault.units WHERE unit = $1', [back.unit]);
    await vault.destroy(organisation, event, [back]);
    await test.sql('ALTER TABLE vault.units DISABLE TRIGGER guard_unit');
    await test.sql(
      `UPDATE vault.units SET state = 'active', wrapped = $2, person = $3, stream = $4, category = $5, part = '',
              ended_at = NULL WHERE unit = $1`,
      [back.unit, row?.wrapped, row?.person, row?.stream, row?.category],
    );
    await test.sql('ALTER TABLE vault.units ENABLE TRIGGER guard_unit');
    const rotation = rotating();
    await rotation.rotate({ horizonMilliseconds: 0 });
    expect(await rotation.entries.inStates(['rewrapping'])).toMatchObject([
      { problem: expect.stringContaining('key-returned') },
    ]);
  });

  it('can be interrupted, and goes on where it was', async () => {
    const units = await make(60);
    const controller = new AbortController();
    const rotation = rotating();
    const onProgress = ({ done }: { done: number }): void => {
      if (done >= 21) controller.abort();
    };
    await rotation.rotate({ horizonMilliseconds, signal: controller.signal, onProgress });
    expect(await rotation.entries.inStates(['rewrapping'])).toMatchObject([{ units: 21 }]);
    await expectOpen(units);
    await rotation.rotate({ horizonMilliseconds });
    expect(await rotation.entries.inStates(['waiting'])).toMatchObject([{ epoch: 2, units: 60 }]);
    expect(await test.keyEncryption.keys()).toHaveLength(2);
    await expectOpen(units);
  });

  it('by two processes at once is one', async () => {
    const units = await make(40);
    const rotations = [rotating(), rotating()];
    await Promise.all(rotations.map((one) => one.rotate({ horizonMilliseconds })));
    expect(await rotating().entries.inStates(['waiting'])).toMatchObject([{ epoch: 2, units: 40 }]);
    expect(await test.keyEncryption.keys()).toHaveLength(2);
    expect(await log.told(organisation)).toHaveLength(1);
    await expectOpen(units);
    expect(await rotating().resume({ wait: false })).toBe(true);
  });

  it('runs while four make and open units', async () => {
    const cached = await test.open();
    const units = await make(40);
    let isOver = false;
    let rounds = 0;
    const write = async (by: PostgresVault): Promise<UnitKey[]> => {
      const made: UnitKey[] = [];
      while (!isOver) {
        const young = await make(3, organisation, by);
        made.push(...young);
        await expectOpen([...young, units[rounds++ % units.length] as UnitKey], organisation, by);
        await by.naming(organisation);
      }
      return made;
    };
    const writers = [vault, cached, vault, cached].map(write);
    for (let round = 0; round < 4; round++) await rotating({ batch: 11 }).rotate({ horizonMilliseconds: 0 });
    isOver = true;
    const made = (await Promise.all(writers)).flat();
    expect(made.length).toBeGreaterThan(0);
    await expectOpen([...units, ...made]);
    expect(await test.keyEncryption.keys()).toHaveLength(1);
    const doubled = await test.sql('SELECT unit FROM vault.units GROUP BY unit HAVING count(*) > 1');
    expect(doubled).toEqual([]);
    expect((await groupsOf()).filter(({ state }) => state === 'active')).toHaveLength(2);
  });
});

describe('a dump of the vault from before an erasure and before a rotation', () => {
  it('opens nothing any more after the horizon, whatever is put back', async () => {
    const units = await make(6);
    const erased = units[1] as UnitKey;
    const groups = await test.sql('SELECT * FROM vault.groups');
    const rows = await test.sql('SELECT * FROM vault.units');
    await vault.destroy(organisation, event, [erased]);
    await rotating().rotate({ horizonMilliseconds });
    dueAfter(horizonMilliseconds);
    await rotating().resume();

    // The dump, in a database of its own, with all the keys that there are.
    const restored = await createTestVault();
    try {
      const old = await restored.open({ keyEncryption: test.keyEncryption });
      for (const group of groups)
        await restored.sql('INSERT INTO vault.groups SELECT * FROM jsonb_populate_record(NULL::vault.groups, $1)', [
          JSON.stringify(asJson(group)),
        ]);
      for (const row of rows)
        await restored.sql('INSERT INTO vault.units SELECT * FROM jsonb_populate_record(NULL::vault.units, $1)', [
          JSON.stringify(asJson(row)),
        ]);
      for (const unit of units) {
        await expect(old.openingKeys(organisation, [unit])).rejects.toMatchObject({ code: 'key-encryption-failed' });
      }
    } finally {
      await restored.close();
    }
    expect((await vault.openingKeys(organisation, [erased])).get(erased.unit)?.state).toBe('destroyed');
    await expectOpen(units.filter((unit) => unit !== erased));
  });
});

describe('a rotation of keys that are elsewhere', () => {
  /** The same with any provider: its contract says the rest. */
  async function rotatesUnder(keyEncryption: KeyEncryption): Promise<void> {
    const by = await test.open({ keyEncryption });
    const theirs = await test.organisation(by);
    const units = await make(9, theirs, by);
    const old = await keyEncryption.current();
    await rotating({ keyEncryption }).rotate({ horizonMilliseconds: 0, organisations: [theirs] });
    await expectOpen(units, theirs, await test.open({ keyEncryption }));
    expect(await keyEncryption.keys()).toEqual([await keyEncryption.current()]);
    expect(await keyEncryption.current()).not.toBe(old);
  }

  it('in a transit service (a double that speaks its protocol)', async () => {
    const double = await TransitDouble.start();
    try {
      await rotatesUnder(await TransitKeyEncryption.open({ url: double.url, token: double.token, key: 'ardoise' }));
    } finally {
      await double.close();
    }
  });

  (softHsm === undefined ? it.skip : it)('in a PKCS#11 token', async () => {
    const exclusively = exclusivelyIn(pool);
    const options = { ...createToken(softHsm as string), key: 'ardoise', exclusively };
    await rotatesUnder(await Pkcs11KeyEncryption.open(options));
  });
});

/** A row as `jsonb_populate_record` takes it. */
function asJson(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

describe('a rotation whose process is killed', () => {
  const order = (): RotationOrder => ({
    url: test.url,
    keys: test.keysFolder,
    now: test.clock.now().toISOString(),
    horizonMilliseconds: 0,
    batch: 7,
  });
  const run = (given: RotationOrder) => {
    const child = forkTypeScript(join(__dirname, 'spec-support', 'rotation-process.ts'));
    child.send(given);
    return child;
  };

  const places = [...rotationSteps.map((step) => [step, 0] as const), ['rotation/batch-rewrapped', 1] as const];
  it.each(places)('right after %s, let pass %i times, has the same end', async (killAt, passes) => {
    const units = await make(18);
    const dead = units[1] as UnitKey;
    await vault.destroy(organisation, event, [dead]);
    const child = run({ ...order(), killAt, passes });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    await rotating().resume();

    expect(await rotating().entries.inStates(['rewrapping', 'verifying', 'waiting'])).toEqual([]);
    expect(await rotating().entries.inStates(['done'])).toMatchObject([{ organisation, epoch: 2, units: 17 }]);
    expect((await groupsOf()).map(({ epoch, state }) => `${epoch} ${state}`).sort()).toEqual([
      '1 destroyed',
      '1 destroyed',
      '2 active',
      '2 active',
    ]);
    expect(await test.sql('SELECT state FROM vault.keks ORDER BY state')).toEqual([
      { state: 'active' },
      { state: 'destroyed' },
    ]);
    expect(await test.keyEncryption.keys()).toHaveLength(1);
    expect((await log.told(organisation)).map(({ type }) => type)).toEqual(['keys-rotated', 'groups-ended']);
    expect((await vault.openingKeys(organisation, [dead])).get(dead.unit)?.state).toBe('destroyed');
    await expectOpen(units.filter((unit) => unit !== dead));
    await expectOpen(await make(3));
  });

  it('by nobody goes through in a process of its own', async () => {
    const units = await make(6);
    expect(await messageFrom(run(order()))).toEqual({ done: true });
    await expectOpen(units);
  });
});

import { randomId } from '@ardoise/format';
import { createTestVault, type TestVault, event } from '../testing/test-vault';
import { FileKeyEncryption } from './key-encryption/file';
import type { PostgresVault } from './postgres-vault';
import type { UnitKey } from './vault';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let test: TestVault;
let vault: PostgresVault;

beforeAll(async () => {
  test = await createTestVault();
  vault = await test.open({ leaseMilliseconds: 0 });
});
afterAll(() => test.close());

async function unitsOf(organisation: string, count: number): Promise<UnitKey[]> {
  const person = randomId();
  await vault.admitPerson(organisation, person, `person-${person}`);
  return vault.sealingKeys(
    organisation,
    Array.from({ length: count }, () => ({ person, stream: `learning-${randomId()}`, category: 'learning' })),
  );
}

const tampered = { code: 'key-tampered' };

describe('a key that was altered is never taken for a destroyed one', () => {
  it('when two wrapped keys are swapped, also between organisations', async () => {
    const ours = await test.organisation(vault);
    const theirs = await test.organisation(vault);
    const [a, b] = (await unitsOf(ours, 2)) as [UnitKey, UnitKey];
    const [c] = (await unitsOf(theirs, 1)) as [UnitKey];
    for (const [one, two] of [
      [a, b],
      [b, c],
    ] as const) {
      await test.sql(
        `UPDATE vault.units u SET wrapped = o.wrapped FROM vault.units o
          WHERE (u.unit, o.unit) IN (($1::uuid, $2::uuid), ($2::uuid, $1::uuid))`,
        [one.unit, two.unit],
      );
    }
    for (const key of [a, b]) await expect(vault.openingKeys(ours, [key])).rejects.toMatchObject(tampered);
    await expect(vault.openingKeys(theirs, [c])).rejects.toMatchObject(tampered);
  });

  it('when a unit is moved under another group', async () => {
    const ours = await test.organisation(vault);
    const [key] = (await unitsOf(ours, 1)) as [UnitKey];
    await test.organisation(vault);
    await test.sql(
      `UPDATE vault.units SET group_id = (SELECT id FROM vault.groups WHERE organisation <> $2 LIMIT 1) WHERE unit = $1`,
      [key.unit, ours],
    );
    await expect(vault.openingKeys(ours, [key])).rejects.toMatchObject(tampered);
  });

  it.each(['units', 'groups', 'secrets'])('when one bit of a wrapped key in %s flips', async (table) => {
    const ours = await test.organisation(vault);
    const [key] = (await unitsOf(ours, 1)) as [UnitKey];
    await test.sql(
      `UPDATE vault.${table} SET wrapped = set_bit(wrapped, 200, 1 - get_bit(wrapped, 200)) WHERE organisation = $1`,
      [ours],
    );
    if (table !== 'secrets') await expect(vault.openingKeys(ours, [key])).rejects.toMatchObject(tampered);
    if (table !== 'units') await expect(vault.naming(ours)).rejects.toMatchObject(tampered);
  });

  it('when a group’s fingerprint is another', async () => {
    const ours = await test.organisation(vault);
    await test.sql(`UPDATE vault.groups SET fingerprint = $2 WHERE organisation = $1`, [ours, Buffer.alloc(32)]);
    await expect(vault.naming(ours)).rejects.toMatchObject(tampered);
  });

  it('and fails only its own call', async () => {
    const ours = await test.organisation(vault);
    const [a, b] = (await unitsOf(ours, 2)) as [UnitKey, UnitKey];
    await test.sql('UPDATE vault.units SET wrapped = $2 WHERE unit = $1', [a.unit, Buffer.alloc(60)]);
    const results = await Promise.allSettled([vault.openingKeys(ours, [a]), vault.openingKeys(ours, [b])]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});

it('another key-encryption key is told from an altered group', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ardoise-other-kek-'));
  const stranger = await test.open({ keyEncryption: await FileKeyEncryption.open(join(folder, 'keys')) });
  const ours = await test.organisation(vault);
  await expect(stranger.naming(ours)).rejects.toMatchObject({ code: 'key-encryption-failed' });
  await rm(folder, { recursive: true });
});

it('what a provider says of its failure is not passed on', async () => {
  const ours = await test.organisation(vault);
  const failing = await test.open({
    keyEncryption: {
      current: () => test.keyEncryption.current(),
      wrap: () => Promise.reject(new Error('secret')),
      unwrap: () => Promise.reject(new Error('secret')),
      rotate: () => Promise.reject(new Error('secret')),
      destroy: () => Promise.reject(new Error('secret')),
      keys: () => Promise.reject(new Error('secret')),
    },
  });
  const error: unknown = await failing.naming(ours).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'key-encryption-failed' });
  expect((error as Error).message).not.toContain('secret');
});

describe('the database itself refuses', () => {
  const refuses = (statement: string, values: unknown[]) =>
    expect(test.sql(statement, values)).rejects.toThrow(/stays|keeps|never|violates check/);

  it('any way back from destroyed, whoever asks', async () => {
    const ours = await test.organisation(vault);
    const [key, living] = (await unitsOf(ours, 2)) as [UnitKey, UnitKey];
    const [row] = await test.sql('SELECT * FROM vault.units WHERE unit = $1', [key.unit]);
    await vault.destroy(ours, event, [key]);
    await refuses(`UPDATE vault.units SET state = 'active' WHERE unit = $1`, [key.unit]);
    await refuses(`UPDATE vault.units SET wrapped = $2 WHERE unit = $1`, [key.unit, row?.wrapped]);
    await refuses(
      `UPDATE vault.units SET state = 'active', wrapped = $2, person = $3, stream = $4, category = $5, part = '',
              ended_at = NULL WHERE unit = $1`,
      [key.unit, row?.wrapped, row?.person, row?.stream, row?.category],
    );
    await refuses('DELETE FROM vault.units WHERE unit = $1', [key.unit]);
    await refuses('DELETE FROM vault.units WHERE unit = $1', [living.unit]);
    await refuses('UPDATE vault.units SET fingerprint = $2 WHERE unit = $1', [living.unit, Buffer.alloc(32)]);
    await refuses('UPDATE vault.units SET wrapped = NULL WHERE unit = $1', [living.unit]);
    await refuses(`UPDATE vault.units SET state = 'destroyed' WHERE unit = $1`, [living.unit]);
    await refuses(`UPDATE vault.units SET state = 'held' WHERE unit = $1`, [living.unit]);
    await refuses('DELETE FROM vault.groups WHERE organisation = $1', [ours]);
    expect((await vault.openingKeys(ours, [key])).get(key.unit)).toEqual({ state: 'destroyed', receipt: event });
  });

  it('a person’s way back', async () => {
    const ours = await test.organisation(vault);
    const [key] = (await unitsOf(ours, 1)) as [UnitKey];
    await vault.fence(ours, [key.person], []);
    await refuses(`UPDATE vault.persons SET state = 'active', fenced_at = NULL WHERE person = $1`, [key.person]);
  });

  it('a row deleted by hand, its guard switched off, reads as missing: not as erased, and not as a unit that never was', async () => {
    const ours = await test.organisation(vault);
    const [key] = (await unitsOf(ours, 1)) as [UnitKey];
    await test.sql('ALTER TABLE vault.units DISABLE TRIGGER guard_unit_row');
    await test.sql('DELETE FROM vault.units WHERE unit = $1', [key.unit]);
    await test.sql('ALTER TABLE vault.units ENABLE TRIGGER guard_unit_row');
    expect((await vault.openingKeys(ours, [key])).get(key.unit)).toEqual({ state: 'missing' });
  });
});

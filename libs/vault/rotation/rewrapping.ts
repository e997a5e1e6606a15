import { byteaArray, textArray } from '@ardoise/postgres';
import type { Statements, VaultDatabase } from '../database';
import type { GroupKeys } from '../groups';
import { VaultError } from '../vault';
import { checkFingerprint, returned, secretContext, unitKeyContext, unwrapKey, wrapKey } from '../wrapping';
import { countRewrapped, type RotationEntry } from './rotations';
import { GroupRing } from './group-ring';

/** A unit as a rotation reads it. Lost ones have no key, and move with the others. */
interface UnitRow {
  readonly unit: string;
  readonly group_id: string;
  readonly wrapped: Buffer | null;
  readonly fingerprint: Buffer;
  readonly on_record: boolean;
}

const firstUnit = '0'.repeat(32);

/** What stands under retired groups, put under the active ones. Each batch is a transaction of its own. */
export class Rewrapping {
  constructor(
    private readonly database: VaultDatabase,
    private readonly groups: GroupKeys,
    private readonly batch: number,
  ) {}

  async secrets({ organisation }: RotationEntry): Promise<void> {
    const ring = await GroupRing.load(this.database, this.groups, organisation);
    await this.database.transaction(async (statements) => {
      const rows = await statements.query<{
        purpose: string;
        group_id: string;
        wrapped: Buffer;
        fingerprint: Buffer;
      }>(
        `SELECT purpose, replace(group_id::text, '-', '') AS group_id, wrapped, fingerprint FROM vault.secrets
          WHERE organisation = $1 ORDER BY purpose FOR UPDATE`,
        [organisation],
      );
      for (const { purpose, group_id, wrapped, fingerprint } of rows) {
        const to = ring.successorOf(group_id);
        if (to === undefined) continue;
        const what = `the ${purpose} names of ${organisation}`;
        const context = secretContext(organisation, purpose);
        const key = unwrapKey(ring.keyOf(group_id), wrapped, context, what);
        checkFingerprint(key, purpose, fingerprint.toString('hex'), what);
        await statements.query(
          'UPDATE vault.secrets SET group_id = $3, wrapped = $4 WHERE organisation = $1 AND purpose = $2',
          [organisation, purpose, to.id, wrapKey(to.key, key, context)],
        );
      }
    });
  }

  /**
   * Rewraps all units under retired groups. `onBatch` is told after each commit how many it moved.
   * @throws VaultError `key-tampered` or `key-returned` that names the unit; its batch stays as it was.
   */
  async units(entry: RotationEntry, onBatch: (moved: number) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const ring = await GroupRing.load(this.database, this.groups, entry.organisation);
    const retired = ring.retired();
    if (retired.length === 0) return;
    let after = firstUnit;
    while (!signal?.aborted) {
      const { moved, last } = await this.database.transaction(async (statements) => {
        const rows = await lockBatch(statements, retired, after, this.batch);
        await rewrap(statements, entry.organisation, rows, ring);
        await countRewrapped(statements, entry, rows.length);
        return { moved: rows.length, last: rows.at(-1)?.unit };
      });
      if (last === undefined) return;
      after = last;
      await onBatch(moved);
    }
  }
}

/**
 * In the order of the primary key: there is no index by group, which each making of a unit would pay for. Rows that
 * somebody else holds are left for the next pass: waiting for them with others locked could be a deadlock.
 */
function lockBatch(
  statements: Statements,
  groups: readonly string[],
  after: string,
  limit: number,
): Promise<UnitRow[]> {
  return statements.query<UnitRow>(
    `SELECT replace(u.unit::text, '-', '') AS unit, replace(u.group_id::text, '-', '') AS group_id, u.wrapped, u.fingerprint,
            EXISTS (SELECT FROM vault.endings e WHERE e.id = u.unit) AS on_record
       FROM vault.units u
      WHERE u.unit > $2 AND u.group_id = ANY($1::uuid[]) AND u.state <> 'destroyed'
      ORDER BY u.unit LIMIT $3 FOR UPDATE OF u SKIP LOCKED`,
    [groups, after, limit],
  );
}

async function rewrap(
  statements: Statements,
  organisation: string,
  rows: readonly UnitRow[],
  ring: GroupRing,
): Promise<void> {
  const lost = rows.filter(({ wrapped }) => wrapped === null);
  if (lost.length > 0) {
    await statements.query(
      `UPDATE vault.units u SET group_id = moved.to_group::uuid
         FROM unnest($1::text[], $2::text[]) AS moved(unit, to_group) WHERE u.unit = moved.unit::uuid`,
      [textArray(lost.map(({ unit }) => unit)), textArray(lost.map((row) => successor(ring, row).id))],
    );
  }
  const living = rows.filter((row): row is UnitRow & { wrapped: Buffer } => row.wrapped !== null);
  if (living.length === 0) return;
  await statements.query(
    `UPDATE vault.units u SET group_id = moved.to_group::uuid, wrapped = moved.wrapped
       FROM unnest($1::text[], $2::text[], $3::bytea[]) AS moved(unit, to_group, wrapped)
      WHERE u.unit = moved.unit::uuid`,
    [
      textArray(living.map(({ unit }) => unit)),
      textArray(living.map((row) => successor(ring, row).id)),
      byteaArray(living.map((row) => rewrapped(organisation, row, ring))),
    ],
  );
}

function rewrapped(organisation: string, row: UnitRow & { wrapped: Buffer }, ring: GroupRing): Buffer {
  const what = `unit ${row.unit}`;
  if (row.on_record) throw returned(what);
  const from = unitKeyContext(organisation, row.group_id, row.unit);
  const key = unwrapKey(ring.keyOf(row.group_id), row.wrapped, from, what);
  checkFingerprint(key, row.unit, row.fingerprint.toString('hex'), what);
  const to = successor(ring, row);
  return wrapKey(to.key, key, unitKeyContext(organisation, to.id, row.unit));
}

function successor(ring: GroupRing, { group_id }: UnitRow): { readonly id: string; readonly key: Buffer } {
  const found = ring.successorOf(group_id);
  if (found === undefined) throw new VaultError('unit-ended', `the group ${group_id} has no successor`);
  return found;
}

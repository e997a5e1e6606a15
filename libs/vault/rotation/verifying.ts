import type { VaultDatabase } from '../database';
import type { GroupKeys } from '../groups';
import { checkFingerprint, gone, returned, unitKeyContext, unwrapKey } from '../wrapping';
import { GroupRing } from './group-ring';

interface Row {
  readonly unit: string;
  readonly group_id: string;
  readonly wrapped: Buffer;
  readonly fingerprint: Buffer;
  readonly on_record: boolean;
  readonly group_lives: boolean;
}

const firstUnit = '0'.repeat(32);

/** Looks whether every living unit of an organisation opens under its group, and is the one of its fingerprint. */
export class Verifying {
  constructor(
    private readonly database: VaultDatabase,
    private readonly groups: GroupKeys,
    private readonly batch: number,
  ) {}

  /**
   * False when units are left under a retired group.
   * @throws VaultError `key-tampered`, `key-returned`, `key-gone` that names the unit.
   */
  async verify(organisation: string, onBatch: (verified: number) => void, signal?: AbortSignal): Promise<boolean> {
    let ring = await GroupRing.load(this.database, this.groups, organisation);
    let after = firstUnit;
    while (!signal?.aborted) {
      const rows = await this.rows(organisation, after);
      // Days begin while we look.
      if (rows.some(({ group_id, group_lives }) => group_lives && !ring.has(group_id))) {
        ring = await GroupRing.load(this.database, this.groups, organisation);
      }
      for (const row of rows) {
        if (ring.successorOf(row.group_id) !== undefined) return false;
        // A day that ended since takes its units with it.
        if (row.group_lives && ring.has(row.group_id)) check(organisation, row, ring);
      }
      const last = rows.at(-1);
      if (last === undefined) return true;
      after = last.unit;
      onBatch(rows.length);
    }
    return false;
  }

  private rows(organisation: string, after: string): Promise<Row[]> {
    return this.database.query<Row>(
      `SELECT replace(u.unit::text, '-', '') AS unit, replace(u.group_id::text, '-', '') AS group_id, u.wrapped,
              u.fingerprint, EXISTS (SELECT FROM vault.endings e WHERE e.id = u.unit) AS on_record,
              g.state <> 'destroyed' AS group_lives
         FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
        WHERE u.unit > $2 AND u.organisation = $1 AND u.wrapped IS NOT NULL
        ORDER BY u.unit LIMIT $3`,
      [organisation, after, this.batch],
    );
  }

  /** How many units, lost ones too, stand under these groups. */
  async under(groups: readonly string[]): Promise<number> {
    const [row] = await this.database.query<{ units: number }>(
      `SELECT ((SELECT count(*) FROM vault.units WHERE group_id = ANY($1::uuid[]) AND state <> 'destroyed')
             + (SELECT count(*) FROM vault.secrets WHERE group_id = ANY($1::uuid[])))::int AS units`,
      [groups],
    );
    return row?.units ?? 0;
  }
}

function check(organisation: string, row: Row, ring: GroupRing): void {
  const what = `unit ${row.unit}`;
  if (row.on_record) throw returned(what);
  if (row.wrapped === null) throw gone(what);
  const key = unwrapKey(
    ring.keyOf(row.group_id),
    row.wrapped,
    unitKeyContext(organisation, row.group_id, row.unit),
    what,
  );
  checkFingerprint(key, row.unit, row.fingerprint.toString('hex'), what);
}

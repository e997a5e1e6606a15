import type { Statements } from '../database';

/** First use makes a key-encryption key known; one that is known stays what it is. */
export async function registerKeks(statements: Statements, keks: readonly string[], now: Date): Promise<void> {
  await statements.query(
    `INSERT INTO vault.keks (id, state, registered_at) SELECT DISTINCT kek, 'active', $2::timestamptz
       FROM unnest($1::text[]) AS used(kek) ON CONFLICT DO NOTHING`,
    [keks, now],
  );
}

/**
 * From here on no group is stored under any other key than this one: storing a group holds a share of its key's row
 * until it is committed, and so do those wait for each other.
 */
export async function retireAllBut(statements: Statements, kek: string, now: Date): Promise<void> {
  await statements.query(
    `UPDATE vault.keks SET state = 'retired', retired_at = $2 WHERE state = 'active' AND id <> $1`,
    [kek, now],
  );
}

/** Retired keys that wrap no living group. */
export async function unusedKeks(statements: Statements): Promise<string[]> {
  const rows = await statements.query<{ id: string }>(
    `SELECT k.id FROM vault.keks k
      WHERE k.state = 'retired' AND NOT EXISTS (SELECT FROM vault.groups g WHERE g.kek = k.id AND g.state <> 'destroyed')
      ORDER BY k.registered_at, k.id`,
  );
  return rows.map(({ id }) => id);
}

export async function markDestroyed(statements: Statements, kek: string, now: Date): Promise<void> {
  await statements.query(
    `UPDATE vault.keks SET state = 'destroyed', destroyed_at = $2 WHERE id = $1 AND state = 'retired'`,
    [kek, now],
  );
}

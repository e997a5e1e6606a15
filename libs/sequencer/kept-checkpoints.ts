import { applyMigration } from '@ardoise/postgres';
import type { ClientBase } from 'pg';
import { ledgerMigrations } from './migrations';

/** Tables of what was signed, those that others refer to first. */
const tables = ['trees', 'checkpoints', 'cosignatures', 'timestamps'] as const;

/**
 * Takes out what was signed, before a backup of the log takes its place; gives what puts back the part of it that the
 * backup knows nothing of. What was signed has been published: an older log that went on as if it had not would sign
 * another tree under the same name. So it is met by `Ledger.check`, and the organisation needs a recovery.
 *
 * A tree of another origin is another ledger's, whose database this was; nothing of that organisation is put back.
 */
export async function keepSigned(client: ClientBase): Promise<(client: ClientBase) => Promise<void>> {
  if (!(await hasLedger(client))) return async () => undefined;
  for (const table of tables) {
    await client.query(`CREATE TEMPORARY TABLE kept_${table} ON COMMIT DROP AS SELECT * FROM ledger.${table}`);
  }
  return putBack;
}

async function hasLedger(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('ledger.trees') IS NOT NULL AS there`);
  return rows[0]?.there ?? false;
}

async function putBack(client: ClientBase): Promise<void> {
  if (!(await hasLedger(client))) {
    const { rowCount } = await client.query('SELECT FROM kept_trees');
    if (rowCount === 0) return;
    // The backup is from before there were ledgers.
    for (const migration of ledgerMigrations) await applyMigration(client, migration);
  }
  await client.query(`DELETE FROM kept_trees k WHERE EXISTS (
    SELECT FROM kept_trees o JOIN ledger.trees t USING (organisation, incarnation)
    WHERE o.organisation = k.organisation AND o.origin <> t.origin)`);
  // A tree that the backup knows as growing may have ended since.
  await client.query(`UPDATE ledger.trees t SET through = k.through FROM kept_trees k
    WHERE k.organisation = t.organisation AND k.incarnation = t.incarnation
      AND t.through IS NULL AND k.through IS NOT NULL`);
  await client.query(`INSERT INTO ledger.trees (organisation, incarnation, origin, after, through, position)
    SELECT organisation, incarnation, origin, after, through, after FROM kept_trees k
    WHERE NOT EXISTS (SELECT FROM ledger.trees t
      WHERE t.organisation = k.organisation AND t.incarnation = k.incarnation)`);
  await client.query(`INSERT INTO ledger.checkpoints (organisation, incarnation, size, position, root, note, signed_at)
    SELECT k.organisation, k.incarnation, k.size, k.position, k.root, k.note, k.signed_at
    FROM kept_checkpoints k JOIN kept_trees USING (organisation, incarnation)
    WHERE NOT EXISTS (SELECT FROM ledger.checkpoints c WHERE c.organisation = k.organisation
      AND c.incarnation = k.incarnation AND (c.size >= k.size OR c.position >= k.position))
    ORDER BY k.organisation, k.incarnation, k.size`);
  for (const [table, column] of [
    ['cosignatures', 'signer, line'],
    ['timestamps', 'token'],
  ] as const) {
    await client.query(`INSERT INTO ledger.${table} (organisation, incarnation, size, ${column})
      SELECT organisation, incarnation, size, ${column} FROM kept_${table} k
      JOIN kept_checkpoints USING (organisation, incarnation, size)
      JOIN ledger.checkpoints c USING (organisation, incarnation, size)
      WHERE c.note = kept_checkpoints.note ON CONFLICT DO NOTHING`);
  }
}

import type { Pool } from 'pg';
import { checkpointsFrom } from './checkpoint-rows';
import type { CheckpointEntry, TreeName } from './tree';

/** For looking up what was signed on a day: a tree has many thousands a day, and keeps all of them. */
export const checkpointsBySigning = `
CREATE INDEX checkpoints_by_signing ON ledger.checkpoints (organisation, incarnation, signed_at);
`;

/** The first checkpoint that a tree has of a day (UTC, its first instant is given). */
export async function firstOfDay(pool: Pool, tree: TreeName, day: Date): Promise<CheckpointEntry | undefined> {
  const { rows } = await pool.query<{ size: string }>({
    name: 'ledger-checkpoint-first-of-day',
    text: `SELECT size FROM ledger.checkpoints
           WHERE organisation = $1 AND incarnation = $2 AND signed_at >= $3 AND signed_at < $3 + interval '24 hours'
           ORDER BY signed_at, size LIMIT 1`,
    values: [tree.organisation, tree.incarnation, day],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const [entry] = await checkpointsFrom(pool, tree, Number(row.size), 1);
  return entry;
}

import type { Schemas } from '@ardoise/backup';
import type { ClientBase } from 'pg';

/** A table whose rows are changed and removed, and what is known of its last rewriting. */
export interface ChangingTable {
  /** `schema.table`. */
  readonly name: string;
  /** Quoted for SQL. */
  readonly sql: string;
  /** Rows changed or removed since `countedSince`. */
  readonly changes: bigint;
  readonly countedSince: string;
  readonly last?: { readonly changes: bigint; readonly countedSince: string; readonly at: Date };
}

interface Row {
  name: string;
  sql: string;
  changes: string;
  since: string;
  last_changes: string | null;
  last_since: string | null;
  rewritten_at: Date | null;
}

/** The tables of all parts but the log, from which nothing is ever removed. */
export async function changingTables(client: ClientBase, schemas: Schemas): Promise<ChangingTable[]> {
  const names = [...schemas].filter(([, part]) => part !== 'log').map(([name]) => name);
  const { rows } = await client.query<Row>(
    `SELECT s.schemaname || '.' || s.relname AS name, format('%I.%I', s.schemaname, s.relname) AS sql,
            (s.n_tup_upd + s.n_tup_del)::text AS changes, coalesce(d.stats_reset::text, '') AS since,
            r.changes::text AS last_changes, r.counted_since AS last_since, r.rewritten_at
       FROM pg_stat_user_tables s
       CROSS JOIN (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()) d
       LEFT JOIN maintenance.rewrites r ON r.name = s.schemaname || '.' || s.relname
      WHERE s.schemaname = ANY($1) ORDER BY 1`,
    [names],
  );
  return rows.map(({ name, sql, changes, since, last_changes, last_since, rewritten_at }) => ({
    name,
    sql,
    changes: BigInt(changes),
    countedSince: since,
    ...(last_changes !== null && last_since !== null && rewritten_at !== null
      ? { last: { changes: BigInt(last_changes), countedSince: last_since, at: rewritten_at } }
      : {}),
  }));
}

/** Whether rows may have left bytes behind since the last rewriting. */
export function hasResidue({ changes, countedSince, last }: ChangingTable): boolean {
  if (!last) return changes > 0n;
  return last.changes !== changes || last.countedSince !== countedSince;
}

const dayMilliseconds = 86_400_000;
/** Time to find a moment when nobody is in the way: a week, or half of a horizon that is shorter than two. */
const marginDays = (horizonDays: number): number => Math.min(7, horizonDays / 2);

/**
 * Whether the table is to be rewritten now, so that a row that was removed right after the last rewriting leaves no
 * byte beyond the horizon. One never seen before is, as soon as it has any residue.
 */
export function isDue(table: ChangingTable, now: Date, horizonDays: number): boolean {
  if (!hasResidue(table)) return false;
  if (!table.last) return true;
  const age = now.getTime() - table.last.at.getTime();
  return age >= (horizonDays - marginDays(horizonDays)) * dayMilliseconds;
}

/** Begins to count for tables that are seen for the first time and have nothing to be rid of. */
export async function rememberClean(client: ClientBase, tables: readonly ChangingTable[], now: Date): Promise<void> {
  for (const table of tables) if (!table.last && !hasResidue(table)) await rememberRewrite(client, table, now);
}

/** As counted before the rewriting: what was removed during it counts for the next one. */
export async function rememberRewrite(client: ClientBase, table: ChangingTable, now: Date): Promise<void> {
  await client.query(
    `INSERT INTO maintenance.rewrites (name, changes, counted_since, rewritten_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET changes = excluded.changes, counted_since = excluded.counted_since,
                                      rewritten_at = excluded.rewritten_at`,
    [table.name, table.changes.toString(), table.countedSince, now],
  );
}

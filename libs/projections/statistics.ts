import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { liveSchema, quoted, type ReadTable } from './read-table';
import { unitPropertyOf } from './unit-column';

/**
 * SQL that turns off column statistics of every table with a unit column, for the migration that makes read models:
 * the statistics catalogue keeps values after DELETE and VACUUM (invariant 3).
 */
export function withoutStatistics(dataSource: DataSource): string[] {
  return dataSource.entityMetadatas
    .filter(({ target, schema }) => schema === liveSchema && unitPropertyOf(target) !== undefined)
    .map(({ tableName, columns }) => {
      const names = columns.map(({ databaseName }) => databaseName);
      return statisticsOff(liveSchema, tableName, names);
    });
}

/** One ALTER TABLE for all columns. */
export function statisticsOff(schema: string, table: string, columns: readonly string[]): string {
  const changes = columns.map((column) => `ALTER COLUMN ${quoted(column)} SET STATISTICS 0`);
  return `ALTER TABLE ${schema}.${quoted(table)} ${changes.join(', ')}`;
}

/** Personal tables of which PostgreSQL would keep values in its statistics. */
export async function tablesWithStatistics(pool: Pool, tables: readonly ReadTable[]): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT DISTINCT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = $1::regnamespace AND c.relname = ANY($2)
       AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(a.attstattarget, -1) <> 0 ORDER BY 1`,
    [liveSchema, tables.filter(({ unit }) => unit >= 0).map(({ name }) => name)],
  );
  return rows.map(({ name }) => name);
}

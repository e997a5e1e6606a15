import { createHash } from 'node:crypto';
import { inTransaction } from '@ardoise/postgres';
import type { Pool } from 'pg';
import type { ColumnType } from './column-value';
import { liveSchema, quoted, type ReadTable, shadowSchema } from './read-table';
import type { Generation } from './checkpoints';

/**
 * SHA-256 over all rows of an organisation in the given tables, in the order of their keys and in one canonical form:
 * the same for the same content, whatever its physical order or history. One snapshot for all tables.
 */
export async function digestRows(
  pool: Pool,
  tables: readonly ReadTable[],
  organisation: string,
  generation: Generation,
): Promise<string> {
  const hash = createHash('sha256');
  const schema = generation === 'live' ? liveSchema : shadowSchema;
  const sorted = [...tables].sort((one, other) => (one.name < other.name ? -1 : 1));
  await inTransaction(
    pool,
    async (client) => {
      await client.query(`SET LOCAL TimeZone = 'UTC'`);
      for (const table of sorted) {
        hash.update(`${table.name}\n`);
        await client.query(`DECLARE digest NO SCROLL CURSOR FOR ${selectRows(schema, table)}`, [organisation]);
        for (;;) {
          const { rows } = await client.query<{ row: string }>('FETCH 5000 FROM digest');
          if (rows.length === 0) break;
          hash.update(rows.map(({ row }) => `${row}\n`).join(''));
        }
        await client.query('CLOSE digest');
      }
    },
    { isolation: 'repeatable read' },
  );
  return hash.digest('hex');
}

/** Collation "C": the order of bytes is the same in every database. */
function selectRows(schema: string, table: ReadTable): string {
  const columns = [...table.columns].sort((one, other) => (one.name < other.name ? -1 : 1));
  const order = table.keys.map((index) => {
    const { name, type } = table.columns[index] as { name: string; type: ColumnType };
    return type === 'text' || type === 'character varying' ? `${quoted(name)} COLLATE "C"` : quoted(name);
  });
  return `SELECT jsonb_build_array(${columns.map(({ name }) => quoted(name)).join(', ')})::text AS row
    FROM ${schema}.${quoted(table.name)} WHERE organisation = $1 ORDER BY ${order.join(', ')}`;
}

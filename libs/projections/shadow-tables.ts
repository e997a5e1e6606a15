import type { PoolClient } from 'pg';
import { liveSchema, quoted, type ReadTable, shadowSchema } from './read-table';
import { statisticsOff } from './statistics';

/**
 * Makes the table that a rebuild writes: like the live one, with constraints and indexes of the same names (names are
 * per schema), the same rights, and no statistics.
 */
export async function createShadow(client: PoolClient, table: ReadTable): Promise<void> {
  const live = `${liveSchema}.${quoted(table.name)}`;
  const shadow = `${shadowSchema}.${quoted(table.name)}`;
  await client.query(`CREATE TABLE ${shadow} (LIKE ${live} INCLUDING ALL EXCLUDING INDEXES)`);
  for (const statement of await indexesOf(client, table)) await client.query(statement);
  for (const statement of await grantsOf(client, table)) await client.query(statement);
  if (table.unit >= 0) {
    const names = table.columns.map(({ name }) => name);
    await client.query(statisticsOff(shadowSchema, table.name, names));
  }
}

/** Puts the shadow in the live table's place; the caller holds the lock on the live one. */
export async function switchTable(client: PoolClient, table: ReadTable): Promise<void> {
  await client.query(`DROP TABLE ${liveSchema}.${quoted(table.name)}`);
  await client.query(`ALTER TABLE ${shadowSchema}.${quoted(table.name)} SET SCHEMA ${liveSchema}`);
}

/** Whether the shadow is there with the columns that the live table has now. */
export async function shadowFits(client: PoolClient, table: ReadTable): Promise<boolean> {
  const { rows } = await client.query<{ schema: string; columns: string }>(
    `SELECT table_schema AS schema, string_agg(column_name || ' ' || udt_name, ',' ORDER BY column_name) AS columns
     FROM information_schema.columns WHERE table_schema = ANY($1) AND table_name = $2 GROUP BY table_schema`,
    [[liveSchema, shadowSchema], table.name],
  );
  return rows.length === 2 && rows[0]?.columns === rows[1]?.columns;
}

/** Keys and unique constraints first, then the indexes that belong to no constraint. */
async function indexesOf(client: PoolClient, table: ReadTable): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', $2::text, $3::text, conname, pg_get_constraintdef(oid)) AS statement
     FROM pg_constraint WHERE conrelid = format('%I.%I', $1::text, $3::text)::regclass AND contype IN ('p', 'u', 'x')
     UNION ALL
     SELECT replace(pg_get_indexdef(i.indexrelid), format(' ON %I.%I ', $1::text, $3::text), format(' ON %I.%I ', $2::text, $3::text))
     FROM pg_index i WHERE i.indrelid = format('%I.%I', $1::text, $3::text)::regclass
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u', 'x'))`,
    [liveSchema, shadowSchema, table.name],
  );
  return rows.map(({ statement }) => statement);
}

async function grantsOf(client: PoolClient, table: ReadTable): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('GRANT %s ON %I.%I TO %s', g.privilege_type, $2::text, $3::text,
                   CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) AS statement
     FROM pg_class c, aclexplode(c.relacl) g
     WHERE c.oid = format('%I.%I', $1::text, $3::text)::regclass AND g.grantee <> c.relowner`,
    [liveSchema, shadowSchema, table.name],
  );
  return rows.map(({ statement }) => statement);
}

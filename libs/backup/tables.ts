import type { ClientBase } from 'pg';
import { rebuildSchema, type DatabasePart, type Schemas } from './parts';

/** What is looked at: the schemas that there are, and the parts that are wanted. */
export interface Scope {
  readonly schemas: Schemas;
  readonly parts: readonly DatabasePart[];
}

function partIn({ schemas, parts }: Scope, schema: string): DatabasePart | undefined {
  const part = schema === rebuildSchema ? undefined : schemas.get(schema);
  return part && parts.includes(part) ? part : undefined;
}

/** A table as it stands now. */
export interface Table {
  readonly part: DatabasePart;
  readonly schema: string;
  /** `schema.table`, as it stands in manifests; names of ours need no quotes. */
  readonly name: string;
  /** Quoted for SQL. */
  readonly sql: string;
  readonly oid: string;
  /** Columns that hold what is given to them, in order. */
  readonly columns: readonly string[];
  /** Bytes on disk, for showing progress. */
  readonly size: number;
}

interface Row {
  oid: string;
  schema: string;
  name: string;
  sql: string;
  columns: string[];
  size: string;
}

/** The tables of the parts, those that others refer to first; one in partitions is one. */
export async function listTables(client: ClientBase, scope: Scope): Promise<Table[]> {
  const { rows } = await client.query<Row>(
    `SELECT c.oid::text, n.nspname AS schema, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS sql,
            CASE c.relkind WHEN 'p' THEN (SELECT sum(pg_table_size(p.relid)) FROM pg_partition_tree(c.oid) p)
                           ELSE pg_table_size(c.oid) END AS size,
            array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                     AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 2, 3`,
  );
  const tables = rows.flatMap(({ schema, name, size, ...row }) => {
    const part = partIn(scope, schema);
    return part ? [{ ...row, part, schema, name: `${schema}.${name}`, size: Number(size) }] : [];
  });
  return referredFirst(tables, await references(client));
}

async function references(client: ClientBase): Promise<{ from: string; to: string }[]> {
  const { rows } = await client.query<{ from: string; to: string }>(
    `SELECT conrelid::text AS "from", confrelid::text AS "to" FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid`,
  );
  return rows;
}

function referredFirst(tables: readonly Table[], links: readonly { from: string; to: string }[]): Table[] {
  const ordered = new Set<Table>();
  const under = new Set<Table>();
  const visit = (table: Table): void => {
    if (ordered.has(table) || under.has(table)) return;
    under.add(table);
    for (const { to } of links.filter(({ from }) => from === table.oid)) {
      const target = tables.find(({ oid }) => oid === to);
      if (target) visit(target);
    }
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}

/** Sequences of the parts, `schema.sequence`, with the value that comes next. */
export async function listSequences(client: ClientBase, scope: Scope): Promise<Record<string, string>> {
  const { rows } = await client.query<{ schema: string; name: string; next: string }>(
    `SELECT schemaname AS schema, sequencename AS name,
            coalesce(last_value + increment_by, start_value)::text AS next FROM pg_sequences ORDER BY 1, 2`,
  );
  const own = rows.filter(({ schema }) => partIn(scope, schema) !== undefined);
  return Object.fromEntries(own.map(({ schema, name, next }) => [`${schema}.${name}`, next]));
}

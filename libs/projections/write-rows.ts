import type { QueryConfig } from 'pg';
import { nullableTextArray } from './column-value';
import { quoted, type ReadColumn, type ReadTable, type RowTexts } from './read-table';
import type { RowBatch, RowChange } from './row-batch';

/**
 * The statements that write a batch's changes, set-based: per table at most one DELETE, one INSERT, and one UPDATE for each set of patched
 * columns. There is one change per row, so that their order does not matter; deleting goes first to free unique values.
 */
export function writingRows(schema: string, batch: RowBatch): QueryConfig[] {
  const statements: QueryConfig[] = [];
  for (const [table, changes] of batch.changes) {
    const byStatement = new Map<Statement, RowTexts[]>();
    for (const change of changes.values()) {
      const statement = statementOf(schema, table, change);
      const rows = byStatement.get(statement);
      if (rows) rows.push(change.texts);
      else byStatement.set(statement, [change.texts]);
    }
    const ordered = [...byStatement].sort(([one], [other]) => (one.text < other.text ? -1 : 1));
    for (const [statement, rows] of ordered) {
      const given = givenColumns(rows[0] as RowTexts);
      const values = given.map((index) => nullableTextArray(rows.map((texts) => texts[index] ?? null)));
      statements.push({ ...statement, values });
    }
  }
  return statements;
}

/** Prepared once in each session: of a small batch, reading and planning its statements is most of the work. */
interface Statement {
  readonly name: string;
  readonly text: string;
}

const statementsOf = new WeakMap<ReadTable, Map<string, Statement>>();
let prepared = 0;

function statementOf(schema: string, table: ReadTable, { kind, texts }: RowChange): Statement {
  let statements = statementsOf.get(table);
  if (!statements) statementsOf.set(table, (statements = new Map<string, Statement>()));
  let name = `${schema} ${kind}`;
  if (kind === 'patch') for (const index of givenColumns(texts)) name += ` ${index}`;
  let statement = statements.get(name);
  if (statement === undefined) {
    const given = givenColumns(texts).map((index) => table.columns[index] as ReadColumn);
    const text = { put: upsert, patch: update, remove }[kind](`${schema}.${quoted(table.name)}`, given);
    statements.set(name, (statement = { name: `read-rows-${prepared++}`, text }));
  }
  return statement;
}

function givenColumns(texts: RowTexts): number[] {
  return texts.flatMap((text, index) => (text === undefined ? [] : [index]));
}

/** The rows as a relation u, each column by its own array of texts. */
function source(columns: readonly ReadColumn[]): string {
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
  return `unnest(${arrays}) AS u(${columns.map(({ name }) => quoted(name)).join(', ')})`;
}

const typed = ({ name, type }: ReadColumn) => `u.${quoted(name)}::${type}`;
const sameKey = (columns: readonly ReadColumn[]) =>
  columns
    .filter(({ key }) => key)
    .map((column) => `t.${quoted(column.name)} = ${typed(column)}`)
    .join(' AND ');

function upsert(table: string, columns: readonly ReadColumn[]): string {
  const names = columns.map(({ name }) => quoted(name)).join(', ');
  const keys = columns.filter(({ key }) => key).map(({ name }) => quoted(name));
  const others = columns.filter(({ key }) => !key).map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`);
  return `INSERT INTO ${table} (${names}) SELECT ${columns.map(typed).join(', ')} FROM ${source(columns)}
    ON CONFLICT (${keys.join(', ')}) DO ${others.length > 0 ? `UPDATE SET ${others.join(', ')}` : 'NOTHING'}`;
}

function update(table: string, columns: readonly ReadColumn[]): string {
  const changes = columns.filter(({ key }) => !key).map((column) => `${quoted(column.name)} = ${typed(column)}`);
  return `UPDATE ${table} AS t SET ${changes.join(', ')} FROM ${source(columns)} WHERE ${sameKey(columns)}`;
}

function remove(table: string, columns: readonly ReadColumn[]): string {
  return `DELETE FROM ${table} AS t USING ${source(columns)} WHERE ${sameKey(columns)}`;
}

import { leafHash } from '@ardoise/format';
import { createPool } from '@ardoise/postgres';
import type { Pool } from 'pg';
import { newStream, sealedEvents } from '../payload';
import { callers, type Contestant } from '../rounds';
import { organisation } from './ardoise';

const table = `CREATE TABLE bare (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organisation text NOT NULL, stream text NOT NULL, version bigint NOT NULL,
  command bytea NOT NULL, header bytea NOT NULL, sections bytea NOT NULL, leaf bytea NOT NULL)`;
const columns = '(organisation, stream, version, command, header, sections, leaf)';
const width = 7;

const leavesOut =
  'one table with one index; sealed beforehand; nothing is checked: no expected version, no command looked for, no gapless positions';

/** The bytes of an event, made beforehand. */
type Row = readonly unknown[];

export interface BareTable {
  /** One row a statement, each a transaction; every caller has a connection. */
  single(name: string, count: number): Contestant;
  /** Many rows a statement, each statement a transaction, on one connection. */
  batched(name: string, size: number): Contestant;
  close(): Promise<void>;
}

export async function openBareTable(url: string): Promise<BareTable> {
  const pool = createPool(url, { applicationName: 'bench bare', max: 16 });
  await pool.query(table);
  const rows = await sealedRows(2_000);
  let at = 0;
  const next = (): Row => rows[at++ % rows.length] as Row;
  return {
    single: (name, count) => ({
      name,
      leavesOut,
      run: (over) =>
        callers(count, over, async () => {
          await insert(pool, [next()]);
          return 1;
        }),
    }),
    batched: (name, size) => ({
      name,
      leavesOut,
      run: (over) =>
        callers(1, over, async () => {
          await insert(pool, Array.from({ length: size }, next));
          return size;
        }),
    }),
    close: () => pool.end(),
  };
}

async function insert(pool: Pool, rows: readonly Row[]): Promise<void> {
  const tuples = rows.map((_, row) => {
    const places = Array.from({ length: width }, (_, column) => `$${row * width + column + 1}`);
    return `(${places.join(', ')})`;
  });
  const text = `INSERT INTO bare ${columns} VALUES ${tuples.join(', ')}`;
  await pool.query({ name: `bare-${rows.length}`, text, values: rows.flat() });
}

async function sealedRows(count: number): Promise<Row[]> {
  const events = await sealedEvents(count);
  return events.map(({ command, header, sections }) => {
    const { stream } = newStream();
    return [organisation, stream, 1, command, header, sections, leafHash(header)];
  });
}

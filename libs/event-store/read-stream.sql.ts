import { textArray, int8Array } from '@ardoise/postgres';
import { Pool } from 'pg';
import { StoredEvent } from './event-store';
import { rawTypes } from './stored-rows';

/** A stream, and the version to read it from. */
export interface StreamRead {
  readonly organisation: string;
  readonly stream: string;
  readonly from: number;
}

type Row = [position: string, version: string, header: Buffer, sections: Buffer];
type GatheredRow = [number: string, ...row: Row];

const one = `SELECT position, version, header, sections FROM log.events
WHERE organisation = $1 AND stream = $2 AND version >= $3 ORDER BY version`;

/** LATERAL with its own ORDER BY makes each stream a walk along the index, whatever the planner thinks of the table. */
const many = `SELECT w.number, e.position, e.version, e.header, e.sections
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS w(organisation, stream, from_version, number)
CROSS JOIN LATERAL (
  SELECT position, version, header, sections FROM log.events
  WHERE organisation = w.organisation AND stream = w.stream AND version >= w.from_version
  ORDER BY version LIMIT ALL OFFSET 0) e
ORDER BY w.number, e.version`;

/** The events of streams in order, a list for each; those of several streams in one round trip. */
export async function readStreams(pool: Pool, reads: readonly StreamRead[]): Promise<StoredEvent[][]> {
  const [first] = reads;
  if (reads.length === 1 && first) return [await readOne(pool, first)];
  const values = [
    textArray(reads.map(({ organisation }) => organisation)),
    textArray(reads.map(({ stream }) => stream)),
    int8Array(reads.map(({ from }) => BigInt(from))),
  ];
  const query = { name: 'log-read-streams', text: many, values, rowMode: 'array' as const, types: rawTypes };
  const { rows } = await pool.query<GatheredRow>(query);
  const lists: StoredEvent[][] = reads.map(() => []);
  for (const [number, ...row] of rows) {
    const index = Number(number) - 1;
    lists[index]?.push(stored(reads[index] as StreamRead, row));
  }
  return lists;
}

async function readOne(pool: Pool, read: StreamRead): Promise<StoredEvent[]> {
  const values = [read.organisation, read.stream, read.from];
  const query = { name: 'log-read-stream', text: one, values, rowMode: 'array' as const, types: rawTypes };
  const { rows } = await pool.query<Row>(query);
  return rows.map((row) => stored(read, row));
}

function stored({ organisation, stream }: StreamRead, [position, version, header, sections]: Row): StoredEvent {
  return { organisation, position: BigInt(position), stream, version: Number(version), header, sections };
}

import { Pool } from 'pg';
import { StoredEvent } from './event-store';
import { rawTypes } from './stored-rows';
import { StreamRead } from './stream-reads';

const one = `SELECT position, version, header, sections FROM log.events
WHERE organisation = $1 AND stream = $2 AND version >= $3 ORDER BY version`;

const many = `SELECT wanted.n, e.position, e.version, e.header, e.sections
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS wanted (organisation, stream, since, n)
CROSS JOIN LATERAL (
  SELECT position, version, header, sections FROM log.events
  WHERE organisation = wanted.organisation AND stream = wanted.stream AND version >= wanted.since
) AS e
ORDER BY wanted.n, e.version`;

type Row = [position: string, version: string, header: Buffer, sections: Buffer];

/** Events of streams, in order, each from a version; one statement for all. */
export async function readStreams(pool: Pool, reads: readonly StreamRead[]): Promise<StoredEvent[][]> {
  const [only, ...others] = reads;
  if (!only) return [];
  return others.length === 0 ? [await readOne(pool, only)] : readMany(pool, reads);
}

async function readOne(pool: Pool, read: StreamRead): Promise<StoredEvent[]> {
  const values = [read.organisation, read.stream, read.from];
  const query = { name: 'log-read-stream', text: one, values, rowMode: 'array', types: rawTypes } as const;
  const { rows } = await pool.query<Row>(query);
  return rows.map((row) => storedEvent(read, row));
}

async function readMany(pool: Pool, reads: readonly StreamRead[]): Promise<StoredEvent[][]> {
  const values = [
    reads.map(({ organisation }) => organisation),
    reads.map(({ stream }) => stream),
    reads.map(({ from }) => from),
  ];
  const query = { name: 'log-read-streams', text: many, values, rowMode: 'array', types: rawTypes } as const;
  const { rows } = await pool.query<[n: string, ...row: Row]>(query);
  const streams: StoredEvent[][] = reads.map(() => []);
  for (const [n, ...row] of rows) {
    const index = Number(n) - 1;
    streams[index]?.push(storedEvent(reads[index] as StreamRead, row));
  }
  return streams;
}

function storedEvent({ organisation, stream }: StreamRead, [position, version, header, sections]: Row): StoredEvent {
  return { organisation, position: BigInt(position), stream, version: Number(version), header, sections };
}

import { Pool } from 'pg';
import { StoredEvent } from './event-store';
import { rawTypes } from './stored-rows';

const text = `SELECT position, version, header, sections FROM log.events
WHERE organisation = $1 AND stream = $2 AND version >= $3 ORDER BY version`;

type Row = [position: string, version: string, header: Buffer, sections: Buffer];

/** A stream's events in order, from a version. */
export async function readStream(
  pool: Pool,
  organisation: string,
  stream: string,
  from: number,
): Promise<StoredEvent[]> {
  const values = [organisation, stream, from];
  const { rows } = await pool.query<Row>({ name: 'log-read-stream', text, values, rowMode: 'array', types: rawTypes });
  return rows.map(([position, version, header, sections]) => ({
    organisation,
    position: BigInt(position),
    stream,
    version: Number(version),
    header,
    sections,
  }));
}

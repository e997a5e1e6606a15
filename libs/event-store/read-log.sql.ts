import { Pool } from 'pg';
import { StoredEvent } from './event-store';
import { rawTypes } from './stored-rows';

const text = `SELECT position, stream, version, header, sections FROM log.events
WHERE organisation = $1 AND position > $2 ORDER BY position LIMIT $3`;

type Row = [position: string, stream: string, version: string, header: Buffer, sections: Buffer];

/** At most `limit` events of an organisation after a position, in order. */
export async function readLog(pool: Pool, organisation: string, after: bigint, limit: number): Promise<StoredEvent[]> {
  const values = [organisation, String(after), limit];
  const { rows } = await pool.query<Row>({ name: 'log-read', text, values, rowMode: 'array', types: rawTypes });
  return rows.map(([position, stream, version, header, sections]) => ({
    organisation,
    position: BigInt(position),
    stream,
    version: Number(version),
    header,
    sections,
  }));
}

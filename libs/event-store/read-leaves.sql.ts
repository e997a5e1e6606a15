import { Pool } from 'pg';
import { StoredLeaf } from './event-store';
import { rawTypes } from './stored-rows';

/** One row of two long byte strings: thousands of short rows would cost the driver many times the reading itself. */
const text = `SELECT string_agg(int8send(position), ''::bytea ORDER BY position), string_agg(leaf, ''::bytea ORDER BY position)
FROM (SELECT position, leaf FROM log.events WHERE organisation = $1 AND position > $2 ORDER BY position LIMIT $3) e`;

const positionBytes = 8;
const leafBytes = 32;

type Row = [positions: Buffer | null, leaves: Buffer | null];

/** At most `limit` leaves of an organisation after a position, in order. */
export async function readLeaves(
  pool: Pool,
  organisation: string,
  after: bigint,
  limit: number,
): Promise<StoredLeaf[]> {
  const values = [organisation, String(after), limit];
  const { rows } = await pool.query<Row>({ name: 'log-leaves', text, values, rowMode: 'array', types: rawTypes });
  const [positions, leaves] = rows[0] ?? [];
  if (!positions || !leaves) return [];
  return Array.from({ length: positions.length / positionBytes }, (_, i) => ({
    position: positions.readBigInt64BE(i * positionBytes),
    leaf: leaves.subarray(i * leafBytes, (i + 1) * leafBytes),
  }));
}

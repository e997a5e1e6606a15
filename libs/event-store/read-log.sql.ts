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

/** From where somebody looks at an organisation's log, and how many events at most. */
export interface LogLook {
  readonly organisation: string;
  readonly after: bigint;
  readonly limit: number;
}

/** What each of them sees; the same look is taken once for all, and its events are the same objects. */
export async function readLooks(pool: Pool, looks: readonly LogLook[]): Promise<StoredEvent[][]> {
  const taken = new Map<string, Promise<StoredEvent[]>>();
  const seen = looks.map(({ organisation, after, limit }) => {
    const name = `${organisation} ${after} ${limit}`;
    const events = taken.get(name) ?? readLog(pool, organisation, after, limit);
    taken.set(name, events);
    return events;
  });
  return Promise.all(seen);
}

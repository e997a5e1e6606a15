import type { Pool } from 'pg';
import { clearText, type SnapshotPlace } from './sealed-state';

/** A snapshot as it is kept. */
export interface KeptSnapshot {
  readonly place: SnapshotPlace;
  readonly sealed: Buffer;
}

/** Where snapshots are kept: one for each stream and form, the last one written. */
export interface SnapshotTable {
  find(organisation: string, stream: string, form: string): Promise<KeptSnapshot | undefined>;
  keep(snapshot: KeptSnapshot, now: Date): Promise<void>;
}

/** What is dropped. */
export interface DroppedSnapshots {
  readonly organisation?: string;
  /** Only those that were written before. */
  readonly before?: Date;
}

interface Row {
  readonly events: string;
  readonly place: string;
  readonly sealed: Buffer;
}

/** In the schema `snapshots`, by sessions of the role ardoise_log. */
export class PostgresSnapshotTable implements SnapshotTable {
  constructor(private readonly pool: Pool) {}

  async find(organisation: string, stream: string, form: string): Promise<KeptSnapshot | undefined> {
    const { rows } = await this.pool.query<Row>({
      name: 'snapshots-find',
      text: 'SELECT events, place, sealed FROM snapshots.snapshots WHERE organisation = $1 AND stream = $2 AND form = $3',
      values: [organisation, stream, form],
    });
    const [row] = rows;
    if (!row) return undefined;
    const { last, units } = JSON.parse(row.place) as Pick<SnapshotPlace, 'last' | 'units'>;
    return { place: { organisation, stream, form, events: Number(row.events), last, units }, sealed: row.sealed };
  }

  async keep({ place, sealed }: KeptSnapshot, now: Date): Promise<void> {
    const { organisation, stream, form, events } = place;
    await this.pool.query({
      name: 'snapshots-keep',
      text: `INSERT INTO snapshots.snapshots (organisation, stream, form, events, place, sealed, kept_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (organisation, stream, form) DO UPDATE
               SET events = excluded.events, place = excluded.place, sealed = excluded.sealed, kept_at = excluded.kept_at`,
      values: [organisation, stream, form, events, clearText(place), sealed, now],
    });
  }

  /** How many there were. Nothing is lost but time. */
  async drop({ organisation, before }: DroppedSnapshots = {}): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM snapshots.snapshots
        WHERE ($1::text IS NULL OR organisation = $1) AND ($2::timestamptz IS NULL OR kept_at < $2)`,
      [organisation ?? null, before ?? null],
    );
    return rowCount ?? 0;
  }

  /** How many there are of each organisation, and their bytes. */
  async count(): Promise<{ readonly organisation: string; readonly snapshots: number; readonly bytes: number }[]> {
    const { rows } = await this.pool.query<{ organisation: string; snapshots: string; bytes: string }>(
      `SELECT organisation, count(*) AS snapshots, sum(length(sealed)) AS bytes
         FROM snapshots.snapshots GROUP BY organisation ORDER BY organisation`,
    );
    return rows.map(({ organisation, snapshots, bytes }) => ({
      organisation,
      snapshots: Number(snapshots),
      bytes: Number(bytes),
    }));
  }
}

import type { Statements, VaultDatabase } from '../database';

export type RotationState = 'rewrapping' | 'verifying' | 'waiting' | 'done';

/** How far an organisation's rotation has come. */
export interface RotationEntry {
  readonly organisation: string;
  /** The epoch that begins with it. */
  readonly epoch: number;
  readonly state: RotationState;
  /** The key-encryption key that it leaves. */
  readonly afterKek: string;
  /** Its successor, once that is made. */
  readonly kek?: string;
  readonly horizonMilliseconds: number;
  readonly begunAt: Date;
  readonly verifiedAt?: Date;
  /** The horizon: the keys of the epoch before end here. */
  readonly endsAt?: Date;
  readonly doneAt?: Date;
  /** Units that were rewrapped. */
  readonly units: number;
  /** Why it stopped: a code, and the id of what is wrong. */
  readonly problem?: string;
}

interface Row {
  readonly organisation: string;
  readonly epoch: number;
  readonly state: RotationState;
  readonly after_kek: string;
  readonly kek: string | null;
  readonly horizon_milliseconds: string;
  readonly begun_at: Date;
  readonly verified_at: Date | null;
  readonly ends_at: Date | null;
  readonly done_at: Date | null;
  readonly units: string;
  readonly problem: string | null;
}

const columns = `organisation, epoch, state, after_kek, kek, horizon_milliseconds, begun_at, verified_at, ends_at, done_at,
  units, problem`;

/** The table of rotations. */
export class Rotations {
  constructor(private readonly database: VaultDatabase) {}

  /** Those in these states, oldest first. */
  async inStates(states: readonly RotationState[]): Promise<RotationEntry[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${columns} FROM vault.rotations WHERE state = ANY($1) ORDER BY begun_at, organisation COLLATE "C", epoch`,
      [states],
    );
    return rows.map(toEntry);
  }

  /** Epochs of the living organisations that are in no rotation, and since when. */
  async epochs(): Promise<Map<string, { readonly epoch: number; readonly since: Date }>> {
    const rows = await this.database.query<{ organisation: string; epoch: number; created_at: Date }>(
      `SELECT organisation, epoch, created_at FROM vault.groups g
        WHERE day IS NULL AND state = 'active'
          AND NOT EXISTS (SELECT FROM vault.rotations r WHERE r.organisation = g.organisation
                             AND r.state IN ('rewrapping', 'verifying'))
        ORDER BY organisation COLLATE "C"`,
    );
    return new Map(rows.map((row) => [row.organisation, { epoch: row.epoch, since: row.created_at }]));
  }

  /** Begins the epochs after those given, all leaving one key; those that are under way already stay as they are. */
  async begin(
    epochs: ReadonlyMap<string, number>,
    afterKek: string,
    horizonMilliseconds: number,
    now: Date,
  ): Promise<void> {
    await this.database.query(
      `INSERT INTO vault.rotations (organisation, epoch, state, after_kek, horizon_milliseconds, begun_at)
       SELECT organisation, epoch + 1, 'rewrapping', $3, $4, $5 FROM unnest($1::text[], $2::integer[]) AS one(organisation, epoch)
       ON CONFLICT DO NOTHING`,
      [[...epochs.keys()], [...epochs.values()], afterKek, horizonMilliseconds, now],
    );
  }

  async setKek(afterKek: string, kek: string): Promise<void> {
    await this.database.query(
      `UPDATE vault.rotations SET kek = $2 WHERE after_kek = $1 AND kek IS NULL AND state = 'rewrapping'`,
      [afterKek, kek],
    );
  }

  async setState({ organisation, epoch }: RotationEntry, state: RotationState, now: Date): Promise<void> {
    await this.database.query(
      `UPDATE vault.rotations SET state = $3, problem = NULL, done_at = CASE WHEN $3 = 'done' THEN $4::timestamptz END
        WHERE organisation = $1 AND epoch = $2 AND state <> 'done'`,
      [organisation, epoch, state, now],
    );
  }

  /** The horizon stands from the first time that it is set: what the log says of it is this. */
  async setEnd({ organisation, epoch, horizonMilliseconds }: RotationEntry, now: Date): Promise<Date> {
    // Whole seconds, as the log has them.
    const end = new Date(Math.ceil((now.getTime() + horizonMilliseconds) / 1_000) * 1_000);
    const [row] = await this.database.query<{ ends_at: Date }>(
      `UPDATE vault.rotations SET verified_at = coalesce(verified_at, $3), ends_at = coalesce(ends_at, $4)
        WHERE organisation = $1 AND epoch = $2 RETURNING ends_at`,
      [organisation, epoch, now, end],
    );
    return row?.ends_at ?? end;
  }

  async setProblem({ organisation, epoch }: RotationEntry, problem: string): Promise<void> {
    await this.database.query('UPDATE vault.rotations SET problem = $3 WHERE organisation = $1 AND epoch = $2', [
      organisation,
      epoch,
      problem,
    ]);
  }
}

/** Counts units as rewrapped, in the transaction that rewrapped them. */
export async function countRewrapped(
  statements: Statements,
  { organisation, epoch }: RotationEntry,
  units: number,
): Promise<void> {
  await statements.query('UPDATE vault.rotations SET units = units + $3 WHERE organisation = $1 AND epoch = $2', [
    organisation,
    epoch,
    units,
  ]);
}

function toEntry(row: Row): RotationEntry {
  return {
    organisation: row.organisation,
    epoch: row.epoch,
    state: row.state,
    afterKek: row.after_kek,
    horizonMilliseconds: Number(row.horizon_milliseconds),
    begunAt: row.begun_at,
    units: Number(row.units),
    ...(row.kek === null ? {} : { kek: row.kek }),
    ...(row.verified_at === null ? {} : { verifiedAt: row.verified_at }),
    ...(row.ends_at === null ? {} : { endsAt: row.ends_at }),
    ...(row.done_at === null ? {} : { doneAt: row.done_at }),
    ...(row.problem === null ? {} : { problem: row.problem }),
  };
}

import type { Pool, PoolClient } from 'pg';

/** The tables that queries read, or those of a rebuild under way. */
export type Generation = 'live' | 'shadow';

/** Why a projection stands still: ids and codes, never a value. */
export interface StopReason {
  readonly code: string;
  readonly event: string;
  readonly position: bigint;
  /** Of the stored event, where this code cannot read such a type or version. */
  readonly type?: string;
  readonly schema?: number;
}

/** How far a projection has come in an organisation's log. */
export interface Checkpoint {
  readonly organisation: string;
  readonly projection: string;
  readonly generation: Generation;
  readonly version: number;
  readonly position: bigint;
  readonly stopped?: StopReason;
}

/** What a batch does to a checkpoint. */
export interface Advance {
  readonly projection: string;
  readonly position: bigint;
  readonly stopped?: StopReason;
}

/** The checkpoint is not where the batch began: another worker or a rebuild has moved it. The batch is discarded. */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';
  readonly code = 'checkpoint-moved';
}

interface Row {
  organisation: string;
  projection: string;
  generation: Generation;
  version: number;
  position: string;
  state: 'running' | 'stopped';
  error_code: string | null;
  error_event: string | null;
  error_position: string | null;
  error_type: string | null;
  error_schema: string | null;
}

const columns = `organisation, projection, generation, version, position, state,
  error_code, error_event, error_position, error_type, error_schema`;

function checkpointOf(row: Row): Checkpoint {
  const { organisation, projection, generation, version } = row;
  const position = BigInt(row.position);
  const standing = { organisation, projection, generation, version, position };
  if (row.state === 'running') return standing;
  const reason = {
    code: row.error_code ?? 'unknown',
    event: row.error_event ?? 'unknown',
    position: BigInt(row.error_position ?? row.position),
    ...(row.error_type === null ? {} : { type: row.error_type, schema: Number(row.error_schema) }),
  };
  return { ...standing, stopped: reason };
}

/** Checkpoints, of one organisation or all, sorted. */
export async function readCheckpoints(
  pool: Pool | PoolClient,
  { organisation, generation }: { organisation?: string; generation?: Generation } = {},
): Promise<Checkpoint[]> {
  const { rows } = await pool.query<Row>(
    `SELECT ${columns} FROM read.checkpoints
     WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR generation = $2)
     ORDER BY organisation, projection, generation`,
    [organisation ?? null, generation ?? null],
  );
  return rows.map(checkpointOf);
}

/** Makes checkpoints before the first event; those that exist stay. */
export async function createCheckpoints(
  pool: Pool | PoolClient,
  organisations: readonly string[],
  projections: readonly { readonly name: string; readonly version: number }[],
  generation: Generation,
): Promise<void> {
  await pool.query(
    `INSERT INTO read.checkpoints (organisation, projection, generation, version, position)
     SELECT o, p.name, $4, p.version, 0 FROM unnest($1::text[]) AS o, unnest($2::text[], $3::integer[]) AS p(name, version)
     ON CONFLICT DO NOTHING`,
    [organisations, projections.map(({ name }) => name), projections.map(({ version }) => version), generation],
  );
}

/**
 * Locks the checkpoints that a batch moves, in one order for all.
 * @throws CheckpointMovedError unless each is running and where the batch began.
 */
export async function lockCheckpoints(
  client: PoolClient,
  where: { organisation: string; generation: Generation; after: bigint },
  projections: readonly { readonly name: string; readonly version: number }[],
): Promise<void> {
  const { rows } = await client.query<Row>({
    name: 'read-lock-checkpoints',
    text: `SELECT ${columns} FROM read.checkpoints
     WHERE organisation = $1 AND generation = $2 AND projection = ANY($3) ORDER BY projection FOR UPDATE`,
    values: [where.organisation, where.generation, projections.map(({ name }) => name)],
  });
  const found = rows.map(checkpointOf);
  for (const { name, version } of projections) {
    const checkpoint = found.find(({ projection }) => projection === name);
    if (checkpoint?.position !== where.after || checkpoint.stopped || checkpoint.version !== version) {
      throw new CheckpointMovedError(`the checkpoint of ${where.organisation}/${name} is no longer where it was`);
    }
  }
}

/** Moves locked checkpoints, and stops those that have a reason. */
export async function moveCheckpoints(
  client: PoolClient,
  where: { organisation: string; generation: Generation },
  advances: readonly Advance[],
): Promise<void> {
  await client.query({
    name: 'read-move-checkpoints',
    text: `UPDATE read.checkpoints c
     SET position = a.position, state = CASE WHEN a.code IS NULL THEN 'running' ELSE 'stopped' END,
         error_code = a.code, error_event = a.event, error_position = a.error_position, error_type = a.type,
         error_schema = a.schema
     FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::bigint[])
       AS a(projection, position, code, event, error_position, type, schema)
     WHERE c.organisation = $1 AND c.generation = $2 AND c.projection = a.projection`,
    values: [
      where.organisation,
      where.generation,
      advances.map(({ projection }) => projection),
      advances.map(({ position }) => position),
      advances.map(({ stopped }) => stopped?.code ?? null),
      advances.map(({ stopped }) => stopped?.event ?? null),
      advances.map(({ stopped }) => stopped?.position ?? null),
      advances.map(({ stopped }) => stopped?.type ?? null),
      advances.map(({ stopped }) => stopped?.schema ?? null),
    ],
  });
}

/** Lets stopped live projections try again; gives how many there were. */
export async function restartCheckpoints(pool: Pool, organisation?: string, projection?: string): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE read.checkpoints SET state = 'running', error_code = NULL, error_event = NULL, error_position = NULL,
       error_type = NULL, error_schema = NULL
     WHERE state = 'stopped' AND generation = 'live'
       AND ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR projection = $2)`,
    [organisation ?? null, projection ?? null],
  );
  return rowCount ?? 0;
}

import type { Pool, PoolClient, QueryConfig } from 'pg';

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
  const { rows } = await pool.query<Row>({
    name: 'read-checkpoints',
    text: `SELECT ${columns} FROM read.checkpoints
     WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR generation = $2)
     ORDER BY organisation, projection, generation`,
    values: [organisation ?? null, generation ?? null],
  });
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
  const { rows } = await client.query<Pick<Row, 'projection' | 'version' | 'position' | 'state'>>({
    name: 'read-lock-checkpoints',
    text: `SELECT projection, version, position, state FROM read.checkpoints
     WHERE organisation = $1 AND generation = $2 AND projection = ANY($3) ORDER BY projection FOR UPDATE`,
    values: [where.organisation, where.generation, projections.map(({ name }) => name)],
  });
  for (const { name, version } of projections) {
    const found = rows.find(({ projection }) => projection === name);
    if (found?.version !== version || found.state !== 'running' || BigInt(found.position) !== where.after) {
      throw new CheckpointMovedError(`the checkpoint of ${where.organisation}/${name} is no longer where it was`);
    }
  }
}

/** The statements that move locked checkpoints, and stop those that have a reason. Nearly always it is one, of position alone. */
export function movingCheckpoints(
  { organisation, generation }: { organisation: string; generation: Generation },
  advances: readonly Advance[],
): QueryConfig[] {
  const going = new Map<bigint, string[]>();
  const statements: QueryConfig[] = [];
  for (const { projection, position, stopped } of advances) {
    if (stopped) statements.push(stopping([organisation, generation, projection, position], stopped));
    else going.set(position, [...(going.get(position) ?? []), projection]);
  }
  const text = `UPDATE read.checkpoints SET position = $4
     WHERE organisation = $1 AND generation = $2 AND projection = ANY($3)`;
  for (const [position, names] of going) {
    statements.push({ name: 'read-move-checkpoints', text, values: [organisation, generation, names, position] });
  }
  return statements;
}

function stopping(at: readonly unknown[], { code, event, position, type, schema }: StopReason): QueryConfig {
  return {
    text: `UPDATE read.checkpoints SET position = $4, state = 'stopped', error_code = $5, error_event = $6,
       error_position = $7, error_type = $8, error_schema = $9
     WHERE organisation = $1 AND generation = $2 AND projection = $3`,
    values: [...at, code, event, position, type ?? null, schema ?? null],
  };
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

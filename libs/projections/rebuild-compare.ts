import { unhurried, type UnhurriedQuery } from '@ardoise/postgres';
import type { Pool, PoolClient } from 'pg';
import type { Registered } from './apply-batch';
import { type Checkpoint, readCheckpoints } from './checkpoints';
import { liveSchema, quoted, type ReadTable, shadowSchema } from './read-table';

/** Rows of an organisation in one table: as they are shown, and as they were built anew. Counts only, no value. */
export interface TableCounts {
  readonly organisation: string;
  readonly projection: string;
  readonly table: string;
  readonly live: number;
  readonly rebuilt: number;
}

/** A table that came out another way, of the same version of its projection, at the same position of the log. */
export interface TableDifference extends TableCounts {
  /** Keys of which the rows are not alike, or only one is there. */
  readonly differing: number;
  readonly position: bigint;
}

/** A projection that could not be compared, and what it shows. */
export interface Uncompared {
  readonly organisation: string;
  readonly projection: string;
  /** Its living tables are of another version, stand still at an event, or are not where the rebuilt ones are. */
  readonly why: 'another-version' | 'stopped' | 'another-position';
  readonly tables: readonly TableCounts[];
}

export interface Comparison {
  /** How many projections of how many organisations were found to be alike. */
  readonly alike: number;
  readonly differences: readonly TableDifference[];
  readonly uncompared: readonly Uncompared[];
}

/** The position to which rebuilt tables are filled to be compared: that of the foremost living ones that can be. */
export async function comparablePosition(
  pool: Pool | PoolClient,
  organisation: string,
  selected: readonly Registered[],
): Promise<bigint | undefined> {
  const live = await readCheckpoints(pool, { organisation, generation: 'live' });
  const positions = live.filter((one) => isComparable(one, selected)).map(({ position }) => position);
  return positions.length === 0 ? undefined : positions.reduce((most, at) => (at > most ? at : most));
}

function isComparable({ projection, version, stopped }: Checkpoint, selected: readonly Registered[]): boolean {
  return !stopped && selected.some((one) => one.projection.name === projection && one.projection.version === version);
}

/**
 * Compares an organisation's rebuilt tables with the living ones, all in one snapshot of the database, which is taken
 * while the living ones stand still: `fill` brings the rebuilt ones to their position meanwhile. They go on at once.
 * @throws what says that a lock was not to be had in two seconds: it can be tried again
 */
export async function compareOne(
  pool: Pool,
  organisation: string,
  selected: readonly Registered[],
  fill: (upTo: bigint | undefined) => Promise<void>,
): Promise<Comparison> {
  const reader = await connected(pool);
  try {
    const held = await connected(pool);
    try {
      await held.query(`BEGIN; SET LOCAL lock_timeout = '2s'`);
      await held.query(
        `SELECT FROM read.checkpoints WHERE organisation = $1 AND generation = 'live' ORDER BY projection FOR UPDATE`,
        [organisation],
      );
      await fill(await comparablePosition(held, organisation, selected));
      await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await readCheckpoints(reader, { organisation });
    } finally {
      await end(held);
    }
    return await compareIn(reader, organisation, selected);
  } finally {
    await end(reader);
  }
}

/** A session that ends while nothing is asked of it says so by an event, which would end the process; the next question fails. */
async function connected(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  client.on('error', ignored);
  return client;
}

function ignored(): void {
  // The next question fails.
}

/** Nothing was written in either. A session that does not answer any more is not given back. */
async function end(client: PoolClient): Promise<void> {
  const failed = await client.query('ROLLBACK').then(
    () => undefined,
    (error: Error) => error,
  );
  client.off('error', ignored);
  client.release(failed);
}

async function compareIn(
  client: PoolClient,
  organisation: string,
  selected: readonly Registered[],
): Promise<Comparison> {
  const checkpoints = await readCheckpoints(client, { organisation });
  // A long table takes its time to be summed.
  const query = await unhurried(client);
  const differences: TableDifference[] = [];
  const uncompared: Uncompared[] = [];
  let alike = 0;
  for (const { projection, tables } of selected) {
    const [live, shadow] = (['live', 'shadow'] as const).map((generation) =>
      checkpoints.find((one) => one.projection === projection.name && one.generation === generation),
    );
    if (!live || !shadow) continue;
    const counted: TableSums[] = [];
    for (const table of tables.values()) counted.push(await sums(query, organisation, table));
    const counts = counted.map((one) => countsOf(organisation, projection.name, one));
    const why = whyNot(live, shadow);
    if (why) {
      uncompared.push({ organisation, projection: projection.name, why, tables: counts });
      continue;
    }
    const unlike = counted.filter(({ digests }) => digests[0] !== digests[1]);
    if (unlike.length === 0) alike += 1;
    for (const one of unlike) {
      const differing = await countDiffering(query, organisation, one.table);
      differences.push({ ...countsOf(organisation, projection.name, one), differing, position: live.position });
    }
  }
  return { alike, differences, uncompared };
}

function whyNot(live: Checkpoint, shadow: Checkpoint): Uncompared['why'] | undefined {
  if (live.version !== shadow.version) return 'another-version';
  if (live.stopped) return 'stopped';
  return live.position === shadow.position ? undefined : 'another-position';
}

interface TableSums {
  readonly table: ReadTable;
  /** Of the living rows and of the rebuilt ones. */
  readonly rows: readonly [number, number];
  /** The same for the same rows, whatever their physical order. */
  readonly digests: readonly [string, string];
}

/** Rows and the sum of their hashes, computed where they lie. */
async function sums(query: UnhurriedQuery, organisation: string, table: ReadTable): Promise<TableSums> {
  const of = async (schema: string): Promise<{ rows: number; digest: string }> => {
    const { rows } = await query<{ rows: string; digest: string }>(
      `SELECT count(*) AS rows, coalesce(sum(hashtextextended(${rowOf(table)}::text, 0)::numeric), 0)::text AS digest
         FROM ${schema}.${quoted(table.name)} WHERE organisation = $1`,
      [organisation],
    );
    return { rows: Number(rows[0]?.rows), digest: `${rows[0]?.rows} ${rows[0]?.digest}` };
  };
  const [live, rebuilt] = [await of(liveSchema), await of(shadowSchema)];
  return { table, rows: [live.rows, rebuilt.rows], digests: [live.digest, rebuilt.digest] };
}

async function countDiffering(query: UnhurriedQuery, organisation: string, table: ReadTable): Promise<number> {
  const keys = table.keys.map((index) => quoted(table.columns[index]?.name ?? '')).join(', ');
  const rows = (schema: string): string =>
    `(SELECT ${keys}, ${rowOf(table)} AS row FROM ${schema}.${quoted(table.name)} WHERE organisation = $1)`;
  const found = await query<{ differing: string }>(
    `SELECT count(*) AS differing FROM ${rows(liveSchema)} AS l FULL JOIN ${rows(shadowSchema)} AS s USING (${keys})
      WHERE l.row IS DISTINCT FROM s.row`,
    [organisation],
  );
  return Number(found.rows[0]?.differing);
}

function rowOf({ columns }: ReadTable): string {
  return `jsonb_build_array(${columns.map(({ name }) => quoted(name)).join(', ')})`;
}

function countsOf(organisation: string, projection: string, { table, rows }: TableSums): TableCounts {
  return { organisation, projection, table: table.name, live: rows[0], rebuilt: rows[1] };
}

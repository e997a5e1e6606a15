import type { Lease } from '@ardoise/lanes';
import { inTransaction } from '@ardoise/postgres';
import type { PoolClient } from 'pg';
import { type Applied, type Registered } from './apply-batch';
import { createCheckpoints, readCheckpoints } from './checkpoints';
import type { BatchTarget } from './commit-batch';
import { openBatch } from './open-batch';
import type { RebuildParts } from './rebuild';
import { liveSchema, quoted } from './read-table';
import { switchTable } from './shadow-tables';

export interface SwitchPlan {
  readonly lease: Lease;
  readonly shadow: BatchTarget;
  readonly selected: readonly Registered[];
  readonly wanted: ReadonlySet<string>;
  readonly batchSize: number;
}

interface Rest {
  readonly events: number;
  readonly positions: number;
}

/** The switch did not get its locks in time, or is too far behind for a short transaction: fill on, try again. */
export class SwitchRetryError extends Error {
  override readonly name = 'SwitchRetryError';
  readonly code = 'rebuild-switch-busy';
}

/**
 * In one transaction: live lanes stand still, the rest of the log is applied to the shadows, they take the live tables'
 * place, and their checkpoints too. Locks are taken in the order of every batch: checkpoints, then tables.
 * @returns how many events were applied, and how many positions they take
 */
export async function switchOver(
  parts: RebuildParts,
  plan: SwitchPlan,
  check: (organisation: string, applied: readonly Applied[]) => void,
): Promise<Rest> {
  try {
    return await inTransaction(parts.pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = '2s'`);
      await parts.leases.guard(client, plan.lease);
      await lockLive(client, plan);
      const rest = await applyRest(parts, plan, client, check);
      for (const table of plan.shadow.tables) await switchTable(client, table);
      await switchCheckpoints(client, plan);
      await switchDays(client);
      await client.query('SET LOCAL synchronous_commit = on');
      return rest;
    });
  } catch (error) {
    // lock_not_available, deadlock_detected: a reader or a batch was in the way.
    const { code } = error as { code?: unknown };
    if (code === '55P03' || code === '40P01') throw new SwitchRetryError('the live tables are busy', { cause: error });
    throw error;
  }
}

async function lockLive(client: PoolClient, { selected, shadow }: SwitchPlan): Promise<void> {
  await client.query(
    `SELECT FROM read.checkpoints WHERE generation = 'live' AND projection = ANY($1)
     ORDER BY organisation, projection FOR UPDATE`,
    [selected.map(({ projection }) => projection.name)],
  );
  const tables = shadow.tables.map(({ name }) => `${liveSchema}.${quoted(name)}`);
  await client.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
}

/** No live batch commits any more, so that where the log ends now is not behind any live checkpoint. */
async function applyRest(
  { store, opener, committer }: RebuildParts,
  { lease, shadow, selected, wanted, batchSize }: SwitchPlan,
  client: PoolClient,
  check: (organisation: string, applied: readonly Applied[]) => void,
): Promise<Rest> {
  const organisations = await store.organisations();
  const projections = selected.map(({ projection }) => projection);
  await createCheckpoints(client, organisations, projections, 'shadow');
  const shadows = await readCheckpoints(client, { generation: 'shadow' });
  let [events, positions] = [0, 0];
  for (const organisation of organisations) {
    const head = await store.head(organisation);
    let after = shadows.find((checkpoint) => checkpoint.organisation === organisation)?.position ?? 0n;
    while (after < head) {
      const stored = await store.readLog(organisation, after, batchSize);
      if (stored.length === 0) break;
      const batch = await openBatch(opener, { organisation, after, stored }, wanted);
      check(organisation, await committer.write(client, lease, shadow, selected, batch));
      positions += Number(batch.through - after);
      after = batch.through;
      events += batch.positions.length;
      if (events > 4 * batchSize) throw new SwitchRetryError('the shadows are too far behind');
    }
  }
  return { events, positions };
}

async function switchCheckpoints(client: PoolClient, { selected }: SwitchPlan): Promise<void> {
  const names = selected.map(({ projection }) => projection.name);
  await client.query(
    `INSERT INTO read.checkpoints (organisation, projection, generation, version, position)
     SELECT organisation, projection, 'live', version, position FROM read.checkpoints
     WHERE generation = 'shadow' AND projection = ANY($1)
     ON CONFLICT (organisation, projection, generation) DO UPDATE
       SET version = excluded.version, position = excluded.position, state = 'running',
           error_code = NULL, error_event = NULL, error_position = NULL`,
    [names],
  );
  await client.query(`DELETE FROM read.checkpoints WHERE generation = 'shadow' AND projection = ANY($1)`, [names]);
}

/** Beside those of the tables that stay: a unit named once too often ends with its day all the same. */
async function switchDays(client: PoolClient): Promise<void> {
  await client.query(
    `WITH shadow AS (DELETE FROM read.day_units WHERE generation = 'shadow' RETURNING *)
     INSERT INTO read.day_units (organisation, generation, category, day, unit)
     SELECT organisation, 'live', category, day, unit FROM shadow ON CONFLICT DO NOTHING`,
  );
}

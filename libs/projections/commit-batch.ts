import type { Lease, LeaseTable } from '@ardoise/lanes';
import { inRounds, together } from '@ardoise/postgres';
import { type AnyOpened, storedId } from '@ardoise/sealing';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import { applyBatch, type Applied, type Registered } from './apply-batch';
import { lockCheckpoints, movingCheckpoints, type Generation } from './checkpoints';
import { Ends } from './ends';
import type { Forgotten } from './forgetting';
import { forget, readForgotten, rememberingDays, schemaOf } from './forgotten-tables';
import { type OpenedBatch, partOf, type Refusal } from './open-batch';
import type { ReadTable } from './read-table';
import { writingRows } from './write-rows';

export interface BatchTarget {
  readonly generation: Generation;
  /** All registered tables of the generation: forgetting goes over them all. */
  readonly tables: readonly ReadTable[];
}

/** Commits batches: rows and checkpoint in one transaction, under the lane's fence (invariant 7). */
export class BatchCommitter {
  constructor(
    private readonly pool: Pool,
    private readonly leases: LeaseTable,
  ) {}

  /**
   * Applies a batch to the projections that stand at its beginning, in two rounds: what has to be known before rows are
   * made, then the rows with checkpoints and COMMIT. A row that the database refuses is followed to its
   * event by smaller and smaller batches; the projection stops there, the others go on.
   * @throws LeaseLostError, CheckpointMovedError: nothing was written.
   */
  async commit(
    lease: Lease,
    to: BatchTarget,
    projections: readonly Registered[],
    batch: OpenedBatch,
  ): Promise<Applied[]> {
    try {
      return await inRounds(this.pool, async ({ client, begun, commit }) => {
        const [, forgotten] = await together([begun, this.hold(client, lease, to, projections, batch)]);
        const { applied, statements } = await this.apply(client, to, projections, batch, forgotten);
        await commit(statements.map((statement) => client.query(statement)));
        return applied;
      });
    } catch (error) {
      if (!isRefusedRow(error) || batch.events.length === 0) throw error;
      return this.commitInParts(lease, to, projections, batch);
    }
  }

  /** Applies a batch within a transaction. */
  async write(
    client: PoolClient,
    lease: Lease,
    to: BatchTarget,
    projections: readonly Registered[],
    batch: OpenedBatch,
  ): Promise<Applied[]> {
    const forgotten = await this.hold(client, lease, to, projections, batch);
    const { applied, statements } = await this.apply(client, to, projections, batch, forgotten);
    await together(statements.map((statement) => client.query(statement)));
    return applied;
  }

  /**
   * Holds checkpoints and lease, and gives what is forgotten by then. Sent together, but statements each of its own: what
   * was committed while one waited for its lock is seen by the next. @throws LeaseLostError, CheckpointMovedError
   */
  private async hold(
    client: PoolClient,
    lease: Lease,
    { generation }: BatchTarget,
    projections: readonly Registered[],
    { organisation, after, events }: OpenedBatch,
  ): Promise<Forgotten> {
    const names = projections.map(({ projection }) => projection);
    const [, , , forgotten] = await together([
      prepare(client, this.leases.leaseMilliseconds),
      lockCheckpoints(client, { organisation, generation, after }, names),
      this.leases.guard(client, lease),
      readForgotten(client, organisation, events),
    ]);
    return forgotten;
  }

  /** What a batch comes to, and the statements that write it. What ends with it is forgotten here and now. */
  private async apply(
    client: PoolClient,
    to: BatchTarget,
    projections: readonly Registered[],
    batch: OpenedBatch,
    forgotten: Forgotten,
  ): Promise<{ readonly applied: Applied[]; readonly statements: readonly QueryConfig[] }> {
    const scope = { organisation: batch.organisation, ...to };
    const applied = projections.map((registered) => applyBatch(registered, batch, forgotten));
    const ends = Ends.of(applied.map((one) => one.ends));
    if (!ends.isEmpty) {
      // An erasure is told to be done once its fence is passed: that must not be undone by a crash.
      await client.query('SET LOCAL synchronous_commit = on');
      await forget(client, scope, ends);
    }
    const statements = applied.flatMap(({ rows }) => {
      // Also for a projection that stopped before the end: its rows would otherwise stay until it is mended.
      rows.forget(ends.forgotten);
      return [...rememberingDays(scope, rows.dayUnits), ...writingRows(schemaOf(to.generation), rows)];
    });
    const advances = applied.map(({ advance }) => advance);
    return { applied, statements: [...statements, ...movingCheckpoints(scope, advances)] };
  }

  private async commitInParts(
    lease: Lease,
    to: BatchTarget,
    projections: readonly Registered[],
    batch: OpenedBatch,
  ): Promise<Applied[]> {
    if (projections.length > 1) {
      const applied: Applied[] = [];
      for (const one of projections) applied.push(...(await this.commit(lease, to, [one], batch)));
      return applied;
    }
    if (batch.positions.length > 1) {
      const middle = batch.positions[Math.floor(batch.positions.length / 2) - 1] as bigint;
      const first = await this.commit(lease, to, projections, partOf(batch, { through: middle }));
      if (first.some(({ advance }) => advance.stopped)) return first;
      return this.commit(lease, to, projections, partOf(batch, { after: middle }));
    }
    const event = batch.events[0] as AnyOpened;
    const refused: Refusal = { code: 'row-refused', event: storedId(event), position: event.position };
    const { organisation, after } = batch;
    const nothing = { organisation, after, through: after, positions: [], events: [], refused };
    return this.commit(lease, to, projections, nothing);
  }
}

/**
 * A worker that is paused in the middle of a transaction must not hold its locks beyond its lease. All statements go by
 * key, whatever the planner thinks of tables without statistics: it has no other way to join, and no way that reads
 * more rows than the key's one can seem cheaper, as that through all of an organisation's rows else does; so one plan
 * serves a session for good. Rows and checkpoint are lost together in a crash and come again from the log, so that no
 * batch waits for the disk.
 */
async function prepare(client: PoolClient, leaseMilliseconds: number): Promise<void> {
  await client.query({
    name: 'read-prepare',
    text: `SELECT set_config('idle_in_transaction_session_timeout', $1, true), set_config('enable_hashjoin', 'off', true),
            set_config('enable_mergejoin', 'off', true), set_config('cpu_tuple_cost', '10', true),
            set_config('plan_cache_mode', 'force_generic_plan', true), set_config('synchronous_commit', 'off', true)`,
    values: [String(leaseMilliseconds)],
  });
}

/** 22: a value does not fit its type. 23: a constraint does not hold. */
function isRefusedRow(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code);
}

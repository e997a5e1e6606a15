import { randomBytes } from 'node:crypto';
import { silentLog } from '@ardoise/lanes';
import { createPool, migrate } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { SettableClock } from '@ardoise/time';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import {
  type Projection,
  projectionMigrations,
  ProjectionRuntime,
  type ProjectionRuntimeOptions,
  ReadModelNaming,
  withoutStatistics,
} from '..';
import { MemoryStore, type Told, ToldOpener } from '../../testing/memory-store';
import { Learner, learners, Result, Seat, seats } from './school';

export const unitId = (): string => randomBytes(16).toString('hex');

/** A database with the runtime's tables and the school's read models, and whatever runs on them. */
export class World {
  readonly clock = new SettableClock(new Date('2026-11-22T10:00:00Z'));
  store = new MemoryStore();
  opener = new ToldOpener();
  private readonly runtimes: ProjectionRuntime[] = [];
  private readonly pools: Pool[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly pool: Pool,
    readonly dataSource: DataSource,
  ) {}

  static async make(): Promise<World> {
    const database = await createTestDatabase();
    await migrate(database.url, projectionMigrations);
    const dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [Learner, Result, Seat],
      namingStrategy: new ReadModelNaming(),
      extra: { options: '-c role=ardoise_read' },
    });
    await dataSource.initialize();
    await dataSource.synchronize();
    for (const statement of withoutStatistics(dataSource)) await dataSource.query(statement);
    return new World(database, createPool(database.url, { role: 'ardoise_read', applicationName: 'spec' }), dataSource);
  }

  runtime(options: Partial<ProjectionRuntimeOptions> = {}): ProjectionRuntime {
    const projections: readonly Projection[] = [learners(), seats()];
    const runtime = new ProjectionRuntime({
      store: this.store,
      opener: this.opener,
      pool: this.pool,
      dataSource: this.dataSource,
      projections,
      clock: this.clock,
      metrics: new Registry(),
      log: silentLog,
      leaseMilliseconds: 2_000,
      pollMilliseconds: 20,
      delays: [5],
      ...options,
    });
    this.runtimes.push(runtime);
    return runtime;
  }

  newPool(): Pool {
    const pool = createPool(this.database.url, { role: 'ardoise_read', applicationName: 'spec' });
    this.pools.push(pool);
    return pool;
  }

  async rows<T>(table: string): Promise<T[]> {
    return this.dataSource.query(`SELECT * FROM read.${table} ORDER BY 1, 2, 3`);
  }

  /** Stops what runs and empties everything, for the next test. */
  async reset(): Promise<void> {
    this.opener.before = async () => undefined;
    await Promise.all(this.runtimes.splice(0).map((runtime) => runtime.stop()));
    await Promise.all(this.pools.splice(0).map((pool) => pool.end()));
    this.store = new MemoryStore();
    this.opener = new ToldOpener();
    await this.runtime().abandonRebuild();
    this.runtimes.splice(0);
    await this.pool.query(
      `TRUNCATE read.lanes, read.checkpoints, read.forgotten_units, read.day_units, read.ended_days,
                read.ended_organisations, read.learners, read.results, read.seats`,
    );
  }

  async end(): Promise<void> {
    await this.reset();
    await this.pool.end();
    await this.dataSource.destroy();
    await this.database.drop();
  }
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, milliseconds = 10_000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What learners do, for one learner under one unit. */
export const learner = (unit: string, name: string) => {
  const told = (type: string, fields: { [name: string]: string | number } = {}): Told => ({
    type,
    sealed: { unit, fields: { learner: name, name: `${name} the learner`, ...fields } },
  });
  return {
    registered: told('learner-registered'),
    renamed: (to: string) => told('learner-renamed', { name: to }),
    left: told('learner-left'),
    result: (attempt: number, score: string) => told('result-recorded', { attempt, score }),
    corrected: (attempt: number) => told('result-corrected', { attempt }),
  };
};

export const seat = (type: 'seat-held' | 'seat-confirmed' | 'seat-released', name: string): Told => ({
  type,
  facts: { seat: name },
});

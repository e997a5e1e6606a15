import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { schemasOf } from '@ardoise/backup';
import { gaugeIn } from '@ardoise/lanes';
import { createClient } from '@ardoise/postgres';
import { Clock } from '@ardoise/time';
import type { ClientBase } from 'pg';
import type { Registry } from 'prom-client';
import { allMigrations } from '../platform/database';
import type { AppLog } from '../platform/logging';
import { Platform } from '../platform/platform';
import { LOG, METRICS } from '../platform/tokens';
import { everybodyHasMovedOn, leaveWriteAheadLogBehind, rewrite, vacuum } from './rewriting';
import { changingTables, isDue, rememberClean, rememberRewrite, type ChangingTable } from './tables';

const lookMilliseconds = 60_000;
const dayMilliseconds = 86_400_000;
const retryMilliseconds = 3_600_000;
/** Any number, the same for all: of several processes one does it. */
const maintenanceLock = 4_151_702_232;

export interface MaintenanceResult {
  /** False when another process is at it. */
  readonly done: boolean;
  readonly vacuumed: readonly string[];
  readonly rewritten: readonly string[];
  /** Tables that others used all the time; the next look tries again. */
  readonly busy: readonly string[];
  /** Who may still see what was removed, so that nothing was rewritten. */
  readonly heldBy?: string;
  /** Whether the write-ahead log of before was left behind; false where the database's user may not. */
  readonly walLeftBehind: boolean;
}

export interface MaintenanceOptions {
  /** `due`: the tables whose horizon is near; `all`: every one. */
  readonly rewrite: 'none' | 'due' | 'all';
  readonly onProgress?: (done: number, total: number, what: string) => void;
  readonly signal?: AbortSignal;
}

const nothingDone: MaintenanceResult = { done: false, vacuumed: [], rewritten: [], busy: [], walLeftBehind: false };

/** Sees to it that bytes of forgotten rows leave the database's files within the stated horizon. */
@Injectable()
export class Maintenance {
  private running: Promise<unknown> | undefined;
  private notBefore = 0;
  private readonly lastRun;

  constructor(
    private readonly platform: Platform,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: AppLog,
    @Inject(METRICS) metrics: Registry,
  ) {
    const help = 'Seconds since 1970 at which all tables were last vacuumed, or the due ones last rewritten';
    this.lastRun = gaugeIn(metrics, 'ardoise_maintenance_last_seconds', help, ['what']);
  }

  @Interval(lookMilliseconds)
  async tick(): Promise<void> {
    if (!this.platform.config.work || this.clock.now().getTime() < this.notBefore) return;
    try {
      this.running ??= this.runDaily().finally(() => (this.running = undefined));
      await this.running;
    } catch (error) {
      this.log.warn({ error: (error as Error).name }, 'the database could not be vacuumed; trying again');
    }
  }

  /** Runs when the last run, by whichever process, is a day old. */
  async runDaily(): Promise<MaintenanceResult> {
    const last = await this.withOwner((client) => this.readRuns(client));
    const next = (last.vacuum?.getTime() ?? 0) + dayMilliseconds;
    if (this.clock.now().getTime() < next) {
      this.notBefore = next;
      return nothingDone;
    }
    await this.dropOldSnapshots();
    const result = await this.run({ rewrite: 'due' });
    const { busy, heldBy } = result;
    if (busy.length > 0 || heldBy !== undefined) {
      this.notBefore = this.clock.now().getTime() + retryMilliseconds;
      this.log.warn({ busy, heldBy }, 'tables could not be rewritten yet; trying again in an hour');
    }
    return result;
  }

  /** Of streams that nobody writes to any more; who does after all reads one of them in full. */
  private async dropOldSnapshots(): Promise<void> {
    const { clock, platform } = this;
    const before = new Date(clock.now().getTime() - platform.config.residueDays * dayMilliseconds);
    await platform.snapshots.drop({ before });
  }

  /** @throws what the database says */
  async run(options: MaintenanceOptions): Promise<MaintenanceResult> {
    return this.withOwner(async (client) => {
      const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_lock($1) AS ours', [
        maintenanceLock,
      ]);
      return rows[0]?.ours === true ? this.runAlone(client, options) : nothingDone;
    });
  }

  private async runAlone(client: ClientBase, options: MaintenanceOptions): Promise<MaintenanceResult> {
    const { onProgress = () => undefined, signal } = options;
    const now = this.clock.now();
    const tables = await changingTables(client, schemasOf(allMigrations(this.platform.capabilities)));
    await rememberClean(client, tables, now);
    const due = tables.filter((table) => this.isWanted(table, options, now));
    const total = tables.length + due.length;
    const vacuumed: string[] = [];
    for (const table of tables) {
      signal?.throwIfAborted();
      onProgress(vacuumed.length, total, table.name);
      await vacuum(client, table);
      vacuumed.push(table.name);
    }
    const heldBy = due.length === 0 ? undefined : await everybodyHasMovedOn(client);
    const [rewritten, busy]: [string[], string[]] = [[], []];
    for (const table of heldBy === undefined ? due : []) {
      signal?.throwIfAborted();
      onProgress(vacuumed.length + rewritten.length + busy.length, total, table.name);
      const done = await rewrite(client, table);
      (done ? rewritten : busy).push(table.name);
      if (done) await rememberRewrite(client, table, now);
    }
    const walLeftBehind = await leaveWriteAheadLogBehind(client);
    const complete = options.rewrite !== 'none' && heldBy === undefined && busy.length === 0;
    // What could not be done is tried again soon, not the next day.
    if (complete || options.rewrite === 'none') await this.remember(client, 'vacuum', now);
    if (complete) await this.remember(client, 'rewrite', now);
    onProgress(total, total, 'done');
    return { done: true, vacuumed, rewritten, busy, ...(heldBy === undefined ? {} : { heldBy }), walLeftBehind };
  }

  private isWanted(table: ChangingTable, options: MaintenanceOptions, now: Date): boolean {
    if (options.rewrite === 'none') return false;
    return options.rewrite === 'all' || isDue(table, now, this.platform.config.residueDays);
  }

  /** When all tables were last vacuumed, and when the due ones were last rewritten. */
  async runs(): Promise<{ vacuum?: Date; rewrite?: Date }> {
    return this.withOwner((client) => this.readRuns(client));
  }

  private async readRuns(client: ClientBase): Promise<{ vacuum?: Date; rewrite?: Date }> {
    const { rows } = await client.query<{ what: 'vacuum' | 'rewrite'; at: Date }>(
      'SELECT what, at FROM maintenance.runs',
    );
    for (const { what, at } of rows) this.lastRun.set({ what }, at.getTime() / 1000);
    return Object.fromEntries(rows.map(({ what, at }) => [what, at]));
  }

  private async remember(client: ClientBase, what: 'vacuum' | 'rewrite', now: Date): Promise<void> {
    await client.query(
      'INSERT INTO maintenance.runs (what, at) VALUES ($1, $2) ON CONFLICT (what) DO UPDATE SET at = excluded.at',
      [what, now],
    );
    this.lastRun.set({ what }, now.getTime() / 1000);
  }

  /** Only the owner of tables may vacuum them; the roles of the pools own none of log and vault. */
  private async withOwner<T>(run: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = createClient(this.platform.server.url, { applicationName: 'ardoise maintenance' });
    await client.connect();
    try {
      await client.query('SET statement_timeout = 0');
      return await run(client);
    } finally {
      await client.end();
    }
  }
}

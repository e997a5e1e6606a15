import { setTimeout as delay } from 'node:timers/promises';
import { Gatherer as StreamGatherer } from '@ardoise/gathering';
import { isUnavailable } from '@ardoise/postgres';
import { Pool } from 'pg';
import { appendTogether } from './append.sql';
import { checkAppend } from './checked-append';
import {
  Append,
  AppendOutcome,
  EventStore,
  EventStoreUnavailableError,
  LogMovedError,
  StoredEvent,
  StoredLeaf,
  SubscribeOptions,
} from './event-store';
import { defaultLimits, Gatherer, GathererLimits } from './gatherer';
import { readHead, readIsLeft, readOrganisations } from './heads.sql';
import { Notices } from './notices';
import { Notifier } from './notifier';
import { notify } from './notify.sql';
import { readLeaves } from './read-leaves.sql';
import { readLog, readLooks, type LogLook } from './read-log.sql';
import { readStreams, type StreamRead } from './read-stream.sql';
import { follow } from './subscription';

export interface PostgresEventStoreOptions {
  /** Runs under the role `ardoise_log`; it is the caller's, who ends it after the store is closed. */
  readonly pool: Pool;
  /** For the one connection that listens to notices. */
  readonly listenUrl: string;
  /** Longest time, in milliseconds, between two looks of a subscription; default 1,000. */
  readonly pollInterval?: number;
  readonly limits?: Partial<GathererLimits>;
}

/** query_canceled and lock_not_available: the statement did not happen, the engine being too slow to answer in time. */
const tooSlow = new Set(['57014', '55P03']);
/** deadlock_detected and serialization_failure: nothing happened, and the same again may succeed. */
const passing = new Set(['40P01', '40001']);
const attempts = 5;
/** What the heads' triggers refuse with once the log goes on elsewhere. */
const moved = 'LM001';

/** The log on PostgreSQL (schema `log`, made by `eventStoreMigrations`). */
export class PostgresEventStore implements EventStore {
  private readonly pool: Pool;
  private readonly limits: GathererLimits;
  private readonly pollInterval: number;
  private readonly notices: Notices;
  private readonly notifier: Notifier;
  private readonly gatherers = new Map<string, Gatherer>();
  /** Reads of streams that are asked for at once share a round trip. */
  private readonly reads = new StreamGatherer((reads: readonly StreamRead[]) => readStreams(this.pool, reads), 64, 2);
  /** Who follows a log is woken with all others who do: those who stand at one place share a look at what came. */
  private readonly looks = new StreamGatherer((looks: readonly LogLook[]) => readLooks(this.pool, looks), 64, 4);
  private readonly end = new AbortController();

  constructor(options: PostgresEventStoreOptions) {
    this.pool = options.pool;
    this.limits = { ...defaultLimits, ...options.limits };
    this.pollInterval = options.pollInterval ?? 1_000;
    this.notices = new Notices(options.listenUrl);
    this.notifier = new Notifier((organisations) => notify(this.pool, organisations, this.notices.sender));
  }

  /**
   * @throws MalformedAppendError for what can never be stored.
   * @throws EventStoreUnavailableError when it may or may not have happened: repeat it with the same command.
   */
  async append(append: Append): Promise<AppendOutcome> {
    checkAppend(append);
    this.checkOpen();
    return this.gatherer(append.organisation).append(append);
  }

  async readStream(organisation: string, stream: string, fromVersion = 0): Promise<StoredEvent[]> {
    const [events] = await this.ask(() => this.reads.ask([{ organisation, stream, from: fromVersion }]));
    return events ?? [];
  }

  async readLog(organisation: string, after: bigint, limit: number): Promise<StoredEvent[]> {
    return this.ask(() => readLog(this.pool, organisation, after, limit));
  }

  async readLeaves(organisation: string, after: bigint, limit: number): Promise<StoredLeaf[]> {
    return this.ask(() => readLeaves(this.pool, organisation, after, limit));
  }

  async head(organisation: string): Promise<bigint> {
    return this.ask(() => readHead(this.pool, organisation));
  }

  async organisations(): Promise<string[]> {
    return this.ask(() => readOrganisations(this.pool));
  }

  async isLeft(): Promise<boolean> {
    return this.ask(() => readIsLeft(this.pool));
  }

  subscribe({ organisation, after, batchSize = 500, signal }: SubscribeOptions): AsyncIterable<readonly StoredEvent[]> {
    this.notices.start();
    return follow({
      organisation,
      after,
      batchSize,
      signal: signal ? AbortSignal.any([signal, this.end.signal]) : this.end.signal,
      pollInterval: this.pollInterval,
      notices: this.notices,
      read: (position, limit) => this.look({ organisation, after: position, limit }),
    });
  }

  private async look(look: LogLook): Promise<StoredEvent[]> {
    const [events] = await this.ask(() => this.looks.ask([look]));
    return events ?? [];
  }

  /** Lets what was gathered arrive, ends subscriptions, timers and the listening connection. */
  async close(): Promise<void> {
    this.end.abort();
    await Promise.all([...this.gatherers.values()].map((gatherer) => gatherer.idle()));
    await this.notifier.close();
    await this.notices.close();
  }

  private gatherer(organisation: string): Gatherer {
    let gatherer = this.gatherers.get(organisation);
    if (!gatherer) {
      const isShared = (error: unknown) => error instanceof EventStoreUnavailableError;
      gatherer = new Gatherer((appends) => this.send(appends), isShared, this.limits);
      this.gatherers.set(organisation, gatherer);
    }
    return gatherer;
  }

  private async send(appends: readonly Append[]): Promise<AppendOutcome[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        const outcomes = await translated(() => appendTogether(this.pool, appends));
        if (outcomes.some(({ kind }) => kind === 'appended')) this.announce(appends[0]?.organisation ?? '');
        return outcomes;
      } catch (error) {
        if (attempt < attempts && isBeyondPartitions(error)) {
          await translated(() => this.extend(appends));
          continue;
        }
        if (attempt >= attempts || !passing.has(codeOf(error))) throw error;
        await delay(attempt * 10 * Math.random());
      }
    }
  }

  /** Makes room for what found no partition to lie in: nothing of it has happened yet. */
  private async extend(appends: readonly Append[]): Promise<void> {
    const head = await readHead(this.pool, appends[0]?.organisation ?? '');
    const more = appends.reduce((sum, { events }) => sum + events.length, 0);
    await this.pool.query('SELECT log.extend($1)', [String(head + BigInt(more))]);
  }

  private announce(organisation: string): void {
    this.notices.heard(organisation);
    this.notifier.notify(organisation);
  }

  private async ask<T>(query: () => Promise<T>): Promise<T> {
    this.checkOpen();
    return translated(query);
  }

  private checkOpen(): void {
    if (this.end.signal.aborted) throw new EventStoreUnavailableError('the event store is closed');
  }
}

async function translated<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    if (codeOf(error) === moved) throw new LogMovedError('the log was moved to another engine', { cause: error });
    if (!isUnavailable(error) && !tooSlow.has(codeOf(error))) throw error;
    throw new EventStoreUnavailableError('the event store cannot be reached', { cause: error });
  }
}

/** check_violation of the table itself and of no constraint: a row that belongs to no partition. */
function isBeyondPartitions(error: unknown): boolean {
  const { code, table, constraint } = error as { code?: string; table?: string; constraint?: string };
  return code === '23514' && table === 'events' && constraint === undefined;
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}

import type { EventStoreConfig } from '@ardoise/config';
import {
  type EngineName,
  type MovableLog,
  PostgresEventStore,
  PostgresMovableLog,
  readEngine,
} from '@ardoise/event-store';
import { EventStoreDBEventStore } from '@ardoise/event-store-eventstoredb';
import {
  copyLog,
  type CopyProgress,
  type CopyResult,
  giveUpMove,
  LogCopyError,
  type SignedTree,
} from '@ardoise/log-copy';
import { bePresent, createPool, migrate, type Migration } from '@ardoise/postgres';
import type { EventVersion } from '@ardoise/sealing';
import { Ledger } from '@ardoise/sequencer';
import type { Steps } from '@ardoise/steps';
import type { Clock } from '@ardoise/time';
import { otherPrograms } from '@ardoise/versions';
import type { Pool } from 'pg';
import { CopyLock } from './copy-lock';
import { RememberedSide } from './remembered-side';

export interface MoveLogOptions {
  /** The database, of its owner. */
  readonly url: string;
  readonly from: EventStoreConfig;
  readonly to: EventStoreConfig;
  readonly migrations: readonly Migration[];
  /** What this program can read. */
  readonly knows: readonly EventVersion[];
  readonly clock: Clock;
  readonly steps: Steps;
  /** Shown in the database's list of sessions. */
  readonly name: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
}

/**
 * Moves this installation's log to another engine, while its servers run. What else the database holds stays: positions of
 * the log are kept, so that nothing that remembers one has to be told.
 * @throws LogCopyError; EventStoreUnavailableError, EventStoreRefusedError
 */
export async function moveLog(options: MoveLogOptions): Promise<CopyResult> {
  const { steps, signal, onProgress } = options;
  return alone(options, ({ from, to, ledger, lost }) =>
    copyLog({
      from,
      to,
      signed: (organisation) => signedTrees(ledger, organisation),
      steps,
      signal: AbortSignal.any([lost, ...(signal ? [signal] : [])]),
      ...(onProgress ? { onProgress } : {}),
    }),
  );
}

/**
 * Opens the side again that a move has left, as long as the other one has taken nothing since. Gives whether it was closed.
 * @throws LogCopyError; EventStoreUnavailableError, EventStoreRefusedError
 */
export async function giveUpMovingLog(options: MoveLogOptions): Promise<boolean> {
  return alone(options, async ({ from, to, remembered }) => {
    const wasSwitched = remembered === options.to.kind;
    return giveUpMove({ from, to, wasSwitched, steps: options.steps });
  });
}

interface Sides {
  readonly from: MovableLog;
  readonly to: MovableLog;
  /** Of the log that is left. */
  readonly ledger: Ledger;
  /** Where the records are by what the database says. */
  readonly remembered: EngineName | undefined;
  /** Aborted when others may begin a copy. */
  readonly lost: AbortSignal;
}

/** Runs while nobody replaces what is in the database, and nobody else moves the log. */
async function alone<T>(options: MoveLogOptions, run: (sides: Sides) => Promise<T>): Promise<T> {
  const { url, name } = options;
  const owner = createPool(url, { applicationName: `${name} owner`, max: 4, statementTimeout: 0 });
  try {
    await migrate(url, options.migrations);
    const others = await otherPrograms(owner, options.clock.now(), options.knows);
    if (others.length > 0) {
      const whom = others.join(', ');
      throw new LogCopyError(
        'upgrade-under-way',
        `another version of this program runs (${whom}); upgrade it or end it`,
      );
    }
    const presence = await bePresent(url, { name });
    try {
      const lock = await CopyLock.take(url, name);
      return await withSides(options, owner, lock, run).finally(() => lock.release());
    } finally {
      await presence.leave();
    }
  } finally {
    await owner.end();
  }
}

async function withSides<T>(
  { url, name, from, to }: MoveLogOptions,
  owner: Pool,
  lock: CopyLock,
  run: (sides: Sides) => Promise<T>,
): Promise<T> {
  const pool = createPool(url, { role: 'ardoise_log', applicationName: `${name} log` });
  const ledgerPool = createPool(url, { role: 'ardoise_ledger', max: 2, applicationName: `${name} ledger` });
  const opened: MovableLog[] = [];
  const open = async (side: EventStoreConfig): Promise<MovableLog> => {
    const cluster = side.kind === 'eventstoredb' && new EventStoreDBEventStore({ connectionString: side.url });
    const log = cluster
      ? cluster.movable()
      : new PostgresMovableLog({ pool: owner, store: new PostgresEventStore({ pool, listenUrl: url }) });
    opened.push(log);
    if (cluster) await cluster.mustServe();
    return new RememberedSide({ log, name: side.kind, lock });
  };
  try {
    const source = await open(from);
    const ledger = new Ledger({ pool: ledgerPool, store: source.store });
    return await run({ from: source, to: await open(to), ledger, remembered: await readEngine(pool), lost: lock.lost });
  } finally {
    await Promise.all(opened.map(({ store }) => store.close()));
    await Promise.all([pool.end(), ledgerPool.end()]);
  }
}

async function signedTrees(ledger: Ledger, organisation: string): Promise<SignedTree[]> {
  const trees = await ledger.trees(organisation);
  return Promise.all(
    trees.map(async (tree) => {
      const { origin, after, through } = tree;
      const checkpoint = await ledger.newestOf(tree);
      return { origin, after, ...(through === undefined ? {} : { through }), ...(checkpoint ? { checkpoint } : {}) };
    }),
  );
}

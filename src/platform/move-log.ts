import type { EventStoreConfig } from '@ardoise/config';
import { type MovableLog, PostgresEventStore, PostgresMovableLog } from '@ardoise/event-store';
import { EventStoreDBEventStore } from '@ardoise/event-store-eventstoredb';
import { copyLog, type CopyProgress, type CopyResult, LogCopyError, type SignedTree } from '@ardoise/log-copy';
import { bePresent, createPool, migrate, type Migration } from '@ardoise/postgres';
import type { EventVersion } from '@ardoise/sealing';
import { Ledger } from '@ardoise/sequencer';
import type { Steps } from '@ardoise/steps';
import type { Clock } from '@ardoise/time';
import { otherPrograms } from '@ardoise/versions';
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
  const { url, from, to, name } = options;
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
    // From here until the end, nobody replaces what is in the database.
    const presence = await bePresent(url, { name });
    try {
      return await alone(owner, () => withSides(options, [from, to], owner));
    } finally {
      await presence.leave();
    }
  } finally {
    await owner.end();
  }
}

/** Any number, the same for all: two copies at once would each take the other's events for a difference. */
const copyLock = 4_151_702_235;

async function alone<T>(owner: OwnerPool, run: () => Promise<T>): Promise<T> {
  const client = await owner.connect();
  try {
    const { rows } = await client.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1) AS alone', [copyLock]);
    if (rows[0]?.alone !== true) throw new LogCopyError('copy-under-way', 'another copy of this log is under way');
    return await run();
  } finally {
    // The lock ends with the session.
    client.release(true);
  }
}

type OwnerPool = ReturnType<typeof createPool>;

async function withSides(
  { url, name, steps, signal, onProgress }: MoveLogOptions,
  [from, to]: readonly [EventStoreConfig, EventStoreConfig],
  owner: OwnerPool,
): Promise<CopyResult> {
  const pool = createPool(url, { role: 'ardoise_log', applicationName: `${name} log` });
  const ledgerPool = createPool(url, { role: 'ardoise_ledger', max: 2, applicationName: `${name} ledger` });
  const opened: MovableLog[] = [];
  const open = (side: EventStoreConfig): MovableLog => {
    const log =
      side.kind === 'eventstoredb'
        ? new EventStoreDBEventStore({ connectionString: side.url }).movable()
        : new PostgresMovableLog({ pool: owner, store: new PostgresEventStore({ pool, listenUrl: url }) });
    opened.push(log);
    return new RememberedSide({ log, name: side.kind, owner });
  };
  try {
    const source = open(from);
    const ledger = new Ledger({ pool: ledgerPool, store: source.store });
    return await copyLog({
      from: source,
      to: open(to),
      signed: (organisation) => signedTrees(ledger, organisation),
      steps,
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
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

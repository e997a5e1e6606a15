import type { MovableLog } from '@ardoise/event-store';
import type { Steps } from '@ardoise/steps';
import { LogCopyError } from './errors';
import { OrganisationCopy } from './organisation-copy';
import { Speed } from './speed';
import type { SignedTree } from './signed-tree';

/** The steps of a copy that are durable. */
export const logCopySteps = {
  targetClosed: 'log-copy/target-closed',
  copied: 'log-copy/copied',
  sourceClosed: 'log-copy/source-closed',
  verified: 'log-copy/verified',
  targetOpened: 'log-copy/target-opened',
} as const;

export interface CopyProgress {
  /** `verify`: what stands at the target is read again, and compared. */
  readonly phase: 'copy' | 'verify';
  readonly done: number;
  /** As the ledgers have it; it grows while servers append. */
  readonly total: number;
  readonly eventsPerSecond: number;
  readonly secondsLeft: number;
}

export interface CopyOptions {
  readonly from: MovableLog;
  readonly to: MovableLog;
  /** The trees of an organisation's log, the first one first. */
  readonly signed: (organisation: string) => Promise<readonly SignedTree[]>;
  readonly steps: Steps;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

export interface CopyResult {
  readonly organisations: number;
  /** Of the whole log. */
  readonly events: number;
  /** Of them, copied by this run. */
  readonly copied: number;
  readonly copySeconds: number;
  /** For how long nobody could append. */
  readonly stopSeconds: number;
}

/** A round that leaves no more than this, or takes no longer, is followed by the stop. */
const few = 500;
const shortMilliseconds = 2_000;
const organisationsAtOnce = 4;

/**
 * Moves a log while servers append to it: copies, and copies what came meanwhile, until little comes; then closes the
 * source, copies the rest, verifies all of it, and opens the target. Nothing but the logs says how far it is: whoever
 * begins again, at whatever point it was killed, goes on where it was. Until the target is open, the source is the log; where
 * anything is amiss it is opened again.
 *
 * @throws LogCopyError
 */
export async function copyLog(options: CopyOptions): Promise<CopyResult> {
  return new Copy(options).run();
}

class Copy {
  private readonly copies = new Map<string, OrganisationCopy>();
  private readonly now: () => number;
  private readonly speed: Speed;
  private total = 0;
  private copied = 0;

  constructor(private readonly options: CopyOptions) {
    this.now = options.now ?? (() => performance.now());
    this.speed = new Speed(this.now);
  }

  async run(): Promise<CopyResult> {
    const { from, to, steps } = this.options;
    const begun = this.now();
    const wasClosed = await this.mustBeMovable();
    if (!(await to.isClosed())) await to.close(from.engine);
    await steps.done(logCopySteps.targetClosed);
    for (;;) {
      const round = this.now();
      const copied = await this.eachOrganisation((copy) => copy.goOn());
      if (copied <= few || this.now() - round <= shortMilliseconds || wasClosed) break;
    }
    await steps.done(logCopySteps.copied);
    this.mayGoOn();
    const closed = this.now();
    try {
      await from.close(to.engine);
      await steps.done(logCopySteps.sourceClosed);
      await this.eachOrganisation((copy) => copy.finish().then(() => 0));
      await steps.done(logCopySteps.verified);
    } catch (error) {
      // The target is closed: the source is the log still, and goes on.
      await from.open().catch(() => {
        throw this.bothClosed(error);
      });
      throw error;
    }
    await to.open().catch((error: unknown) => {
      throw this.bothClosed(error);
    });
    await steps.done(logCopySteps.targetOpened);
    const events = [...this.copies.values()].reduce((sum, { verified }) => sum + verified, 0);
    const [copySeconds, stopSeconds] = [begun, closed].map((instant) => (this.now() - instant) / 1_000) as [
      number,
      number,
    ];
    return { organisations: this.copies.size, events, copied: this.copied, copySeconds, stopSeconds };
  }

  private bothClosed(error: unknown): LogCopyError {
    const { from, to } = this.options;
    const why = error instanceof LogCopyError ? error.message : 'an engine or the database does not answer';
    return new LogCopyError(
      'both-closed',
      `nothing can be recorded, neither in ${from.engine} nor in ${to.engine} (${why}); run the same command again, which ` +
        `goes on where it was, or with --give-up, which opens ${from.engine} again`,
      { cause: error },
    );
  }

  /** Gives whether the source is closed, by a copy that was killed before its end. */
  private async mustBeMovable(): Promise<boolean> {
    const { from, to, signed } = this.options;
    const organisations = await from.store.organisations();
    if (organisations.length === 0)
      throw new LogCopyError('log-empty', `${from.engine} has no log of this installation`);
    const others = (await to.store.organisations()).filter((one) => !organisations.includes(one));
    if (others.length > 0) {
      throw new LogCopyError(
        'log-differs',
        `${to.engine} has a log of ${others.join(', ')}, and ${from.engine} has none`,
      );
    }
    const [isClosed, isTargetClosed] = [await from.isClosed(), await to.isClosed()];
    const isUsed = !isTargetClosed && (await to.store.organisations()).length > 0;
    if (isClosed && !isTargetClosed) {
      throw new LogCopyError(
        'log-moved-already',
        `the log goes on in ${to.engine}: there is nothing to move from ${from.engine}`,
      );
    }
    if (isUsed) {
      throw new LogCopyError('target-in-use', `${to.engine} has a log to which servers append; it is not written over`);
    }
    for (const organisation of organisations) {
      if ((await signed(organisation)).some(({ checkpoint }) => checkpoint)) continue;
      throw new LogCopyError(
        'ledger-missing',
        `nothing was signed yet of the log of ${organisation}; start a server first`,
      );
    }
    return isClosed;
  }

  /** Runs a few organisations at once; gives the sum. An error ends all of them. */
  private async eachOrganisation(run: (copy: OrganisationCopy) => Promise<number>): Promise<number> {
    const { from, signed } = this.options;
    const organisations = await from.store.organisations();
    const trees = await Promise.all(organisations.map((organisation) => signed(organisation)));
    this.total = trees.flat().reduce((sum, { checkpoint }) => sum + (checkpoint?.size ?? 0), 0);
    const waiting = organisations.map((organisation) => this.copyOf(organisation));
    let [sum, failed] = [0, false];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next && !failed; next = waiting.shift()) {
        sum += await run(next).catch((error: unknown) => {
          failed = true;
          throw error;
        });
      }
    };
    const results = await Promise.allSettled(Array.from({ length: organisationsAtOnce }, work));
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected) throw rejected.reason;
    return sum;
  }

  private copyOf(organisation: string): OrganisationCopy {
    const known = this.copies.get(organisation);
    if (known) return known;
    const { from, to, signed } = this.options;
    const copy = new OrganisationCopy({
      organisation,
      from,
      to,
      signed,
      passed: (events) => this.tell('verify', events),
      copied: (events) => this.tell('copy', events),
      mayGoOn: () => this.mayGoOn(),
    });
    this.copies.set(organisation, copy);
    return copy;
  }

  /** @throws LogCopyError `interrupted`, or what the signal was aborted with */
  private mayGoOn(): void {
    const { signal } = this.options;
    if (!signal?.aborted) return;
    if (signal.reason instanceof LogCopyError) throw signal.reason;
    throw new LogCopyError('interrupted', 'the copy was interrupted; the next one goes on where it stopped');
  }

  private tell(phase: CopyProgress['phase'], events: number): void {
    if (phase === 'copy') this.copied += events;
    const eventsPerSecond = this.speed.of(phase, events);
    const doneOf = (copy: OrganisationCopy): number => (phase === 'copy' ? copy.placed : copy.verified);
    const done = [...this.copies.values()].reduce((sum, copy) => sum + doneOf(copy), 0);
    const total = Math.max(this.total, done);
    const secondsLeft = eventsPerSecond > 0 ? (total - done) / eventsPerSecond : 0;
    this.options.onProgress?.({ phase, done, total, eventsPerSecond, secondsLeft });
  }
}

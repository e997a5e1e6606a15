import type { EventStore, StoredEvent } from '@ardoise/event-store';
import {
  Bell,
  delayOf,
  errorCode,
  type KnownElsewhere,
  LaneHandedOverError,
  type Lease,
  type Log,
  LogFeed,
  pause,
} from '@ardoise/lanes';
import { type AnyOpened, isUnreadable, type EventOpener, storedId, versionOf } from '@ardoise/sealing';
import { isAway } from './away';
import type { ReactionCheckpoints, ReactionStop } from './checkpoints';
import type { ReactionMetrics } from './metrics';
import type { Reaction } from './reaction';

export interface ReactionLaneParts {
  readonly store: EventStore;
  readonly opener: EventOpener;
  readonly checkpoints: ReactionCheckpoints;
  readonly metrics: ReactionMetrics;
  readonly log: Log;
  /** Whether another process that lives can read a version of an event. */
  readonly knownElsewhere?: KnownElsewhere;
  readonly batchSize: number;
  readonly pollMilliseconds: number;
  /** Pauses between the tries of a handler; the last one repeats. */
  readonly delays: readonly number[];
  /** After so many tries the reaction is stopped; what is merely away does not count. */
  readonly tries: number;
}

const concurrency = 16;
/** Longest time, in milliseconds, that a checkpoint stays behind events of which nothing was to be done. */
const keepMilliseconds = 20;

/** What became of a batch. */
interface Reacted {
  readonly through: bigint;
  readonly stop?: ReactionStop;
  readonly done: number;
  /** Whether all of it is passed. */
  readonly whole: boolean;
}

/** Ends a batch at an event that a handler gives up on. */
class GivenUp extends Error {
  constructor(readonly stop: ReactionStop) {
    super(stop.code);
  }
}

/** One reaction of one organisation, under one lease. At least once per event, in order within each stream. */
export class ReactionLane {
  private readonly wanted: ReadonlySet<string>;

  constructor(
    private readonly parts: ReactionLaneParts,
    private readonly reaction: Reaction,
    private readonly lease: Lease,
    private readonly bell: Bell,
  ) {
    this.wanted = new Set(Object.keys(reaction.on));
  }

  /** @throws LeaseLostError, LaneHandedOverError, and whatever keeps store, vault or database from answering; it can be run again. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, batchSize } = this.parts;
    const feed = new LogFeed(store, this.lease.organisation, batchSize);
    try {
      while (!signal.aborted) await this.round(feed, signal);
    } finally {
      await feed.close();
    }
  }

  private async round(feed: LogFeed, signal: AbortSignal): Promise<void> {
    const { checkpoints, metrics, store, pollMilliseconds } = this.parts;
    const { organisation } = this.lease;
    this.bell.take();
    const checkpoint = await checkpoints.find(organisation, this.reaction.name);
    metrics.standing(checkpoint, await store.head(organisation));
    if (checkpoint.stopped) {
      if (await this.goesOn(checkpoint.stopped)) return;
      return this.bell.wait(pollMilliseconds, signal);
    }
    await this.follow(checkpoint.position, feed, signal);
  }

  /**
   * After an upgrade: what another program stopped at may be known here. @throws LaneHandedOverError where it is known to
   * another program that works, and not here
   */
  private async goesOn({ code, type, schema }: ReactionStop): Promise<boolean> {
    const { opener, checkpoints, log, knownElsewhere } = this.parts;
    if (code !== 'event-type-unknown' || type === undefined) return false;
    if (!opener.knows(type, schema ?? 0)) {
      if (await knownElsewhere?.({ type, schema: schema ?? 0 })) throw new LaneHandedOverError(type, schema ?? 0);
      return false;
    }
    const { organisation } = this.lease;
    await checkpoints.restart(organisation, this.reaction.name);
    log.info(
      { organisation, reaction: this.reaction.name, type, schema },
      'reaction goes on: the version is known now',
    );
    return true;
  }

  /**
   * Along the log as it grows, until something asks for another look at the checkpoint. It is moved at once when
   * something was done; past events that nobody wanted only now and then, for that is most of the log.
   */
  private async follow(from: bigint, feed: LogFeed, signal: AbortSignal): Promise<void> {
    const until = performance.now() + this.parts.pollMilliseconds;
    let [at, kept, keepBy] = [from, from, Infinity];
    for (;;) {
      const now = performance.now();
      const over = signal.aborted || this.bell.isRung || now >= until;
      if (at > kept && (over || now >= keepBy)) {
        await this.move(at, undefined, 0);
        [kept, keepBy] = [at, Infinity];
      }
      if (over) return;
      const woken = this.bell.wait(Math.min(until, keepBy) - now, signal);
      const stored = await feed.next(at, woken).finally(() => this.bell.release());
      if (!stored || stored.length === 0) continue;
      const { through, stop, done, whole } = await this.react(at, stored, signal);
      at = through;
      if (done > 0 || stop) {
        await this.move(through, stop, done);
        [kept, keepBy] = [at, Infinity];
      } else if (at > kept) {
        keepBy = Math.min(keepBy, performance.now() + keepMilliseconds);
      }
      if (!whole) return;
    }
  }

  private async react(after: bigint, stored: readonly StoredEvent[], signal: AbortSignal): Promise<Reacted> {
    const { events, refused } = await this.open(stored);
    const given = new Map<string, ReactionStop>();
    const done = new Set<AnyOpened>();
    await eachStream(events, async (event) => {
      if (signal.aborted) return false;
      try {
        if (!(await this.handle(event, signal))) return false;
        done.add(event);
        return true;
      } catch (error) {
        if (!(error instanceof GivenUp)) throw error;
        given.set(event.id, error.stop);
        return false;
      }
    });
    // The checkpoint stands before the first event that is not done; what was done behind it is done again.
    const open = events.find((event) => !done.has(event));
    const end = open?.position ?? refused?.position;
    const through = stored.filter(({ position }) => end === undefined || position < end).at(-1)?.position ?? after;
    const stop = open ? given.get(open.id) : refused;
    return { through, ...(stop ? { stop } : {}), done: done.size, whole: end === undefined };
  }

  private async move(through: bigint, stop: ReactionStop | undefined, done: number): Promise<void> {
    const { checkpoints, metrics, log } = this.parts;
    const { organisation } = this.lease;
    await checkpoints.move(this.lease, through, stop);
    const checkpoint = { organisation, reaction: this.reaction.name, position: through };
    metrics.moved(stop ? { ...checkpoint, stopped: stop } : checkpoint, done);
    if (stop) log.error({ organisation, reaction: this.reaction.name, ...stop }, 'reaction stopped at an event');
  }

  /** What does not open ends the batch, and stops the reaction when everything before is done. */
  private async open(stored: readonly StoredEvent[]): Promise<{ events: AnyOpened[]; refused?: ReactionStop }> {
    const { opener } = this.parts;
    const { organisation } = this.lease;
    try {
      return { events: await opener.open(organisation, stored, this.wanted) };
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
    const events: AnyOpened[] = [];
    for (const event of stored) {
      try {
        events.push(...(await opener.open(organisation, [event], this.wanted)));
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        return {
          events,
          refused: { code: error.code, event: error.event, position: event.position, ...versionOf(error) },
        };
      }
    }
    return { events };
  }

  /** Tries until it is done; false when the lane ends first. @throws GivenUp */
  private async handle(event: AnyOpened, signal: AbortSignal): Promise<boolean> {
    const { delays, tries, log } = this.parts;
    let failures = 0;
    for (let attempt = 1; ; attempt++) {
      if (signal.aborted) return false;
      try {
        await this.reaction.on[event.type]?.(event);
        return true;
      } catch (error) {
        if (!isAway(error)) failures += 1;
        const { position } = event;
        const id = storedId(event);
        const code = errorCode(error);
        const at = {
          organisation: event.organisation,
          reaction: this.reaction.name,
          event: id,
          position,
          code,
          attempt,
        };
        log.warn(at, 'reaction failed at an event');
        if (failures >= tries) throw new GivenUp({ code: 'reaction-failed', event: id, position });
        await pause(delayOf(delays, attempt), signal);
      }
    }
  }
}

/** Events of one stream one after the other, streams side by side; a stream ends when `handle` says no. */
async function eachStream(events: readonly AnyOpened[], handle: (event: AnyOpened) => Promise<boolean>): Promise<void> {
  const streams = new Map<string, AnyOpened[]>();
  for (const event of events) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  const queue = [...streams.values()];
  let failed = false;
  const worker = async () => {
    for (let stream = queue.shift(); stream && !failed; stream = queue.shift()) {
      for (const event of stream) {
        if (failed) return;
        if (!(await handle(event))) {
          // Later events of other streams are not begun: they would only be done again.
          failed = true;
          return;
        }
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected) throw rejected.reason;
}

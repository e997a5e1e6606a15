import type { StoredEvent } from '@ardoise/event-store';
import { type Bell, LaneHandedOverError, type Lease, LogFeed } from '@ardoise/lanes';
import { type AnyOpened, storedId } from '@ardoise/sealing';
import type { ReactionStop } from './checkpoints';
import { GivenUp, Handling, type ReactionLaneParts } from './handling';
import type { NewParkedEvent } from './parked-events';
import { ParkedStreams } from './parked-streams';
import type { Reaction } from './reaction';
import { eachStream } from './side-by-side';

const tooManyParked = 'too-many-parked';
/** Longest time, in milliseconds, that a checkpoint stays behind events of which nothing was to be done. */
const keepMilliseconds = 100;

/** What became of a batch. */
interface Reacted {
  readonly through: bigint;
  readonly stop?: ReactionStop;
  readonly done: number;
  readonly parked: readonly NewParkedEvent[];
  /** Whether all of it is passed. */
  readonly whole: boolean;
}

/**
 * One reaction of one organisation, under one lease. At least once per event, in order within each stream. An event that is
 * given up is parked, and behind it what follows in its stream; other streams go on.
 */
export class ReactionLane {
  private readonly handling: Handling;
  private readonly aside: ParkedStreams;

  constructor(
    private readonly parts: ReactionLaneParts,
    private readonly reaction: Reaction,
    private readonly lease: Lease,
    private readonly bell: Bell,
  ) {
    this.handling = new Handling(parts, reaction, lease);
    this.aside = new ParkedStreams(parts, this.handling, lease);
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
    const parked = await this.aside.tryAgain(signal);
    metrics.standing(checkpoint, await store.head(organisation), parked);
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
    if (code === tooManyParked && this.aside.room > 0) {
      await checkpoints.restart(this.lease.organisation, this.reaction.name);
      return true;
    }
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
      const { through, stop, done, parked, whole } = await this.react(at, stored, signal);
      at = through;
      if (done > 0 || stop || parked.length > 0) {
        await this.move(through, stop, done, parked);
        [kept, keepBy] = [at, Infinity];
      } else if (at > kept) {
        keepBy = Math.min(keepBy, performance.now() + keepMilliseconds);
      }
      if (!whole) return;
    }
  }

  private async react(after: bigint, stored: readonly StoredEvent[], signal: AbortSignal): Promise<Reacted> {
    const { events, refused } = await this.handling.open(stored);
    const given = new Map<string, ReactionStop>();
    const done = new Set<AnyOpened>();
    const aside = new Map<AnyOpened, string | undefined>();
    const leave = (event: AnyOpened, stop: ReactionStop, code?: string): boolean => {
      if (this.aside.room <= aside.size) {
        given.set(event.id, stop);
        return false;
      }
      aside.set(event, code);
      this.aside.blocked.add(event.stream);
      return true;
    };
    await eachStream(events, async (event) => {
      if (signal.aborted) return false;
      const { position, stream } = event;
      if (this.aside.blocked.has(stream))
        return leave(event, { code: tooManyParked, event: storedId(event), position });
      try {
        if (!(await this.handling.handle(event, signal))) return false;
        done.add(event);
        return true;
      } catch (error) {
        if (!(error instanceof GivenUp)) throw error;
        return leave(event, error.stop, error.stop.code);
      }
    });
    // The checkpoint stands before the first event that is not done; what was done behind it is done again.
    const open = events.find((event) => !done.has(event) && !aside.has(event));
    const end = open?.position ?? refused?.position;
    const through = stored.filter(({ position }) => end === undefined || position < end).at(-1)?.position ?? after;
    const stop = open ? given.get(open.id) : refused;
    const parked = [...aside]
      .filter(([{ position }]) => position <= through)
      .map(([event, code]) => ({
        ...{ stream: event.stream, position: event.position, event: storedId(event) },
        ...(code === undefined ? {} : { code }),
      }));
    return { through, ...(stop ? { stop } : {}), done: done.size, parked, whole: end === undefined };
  }

  private async move(
    through: bigint,
    stop: ReactionStop | undefined,
    done: number,
    parked: readonly NewParkedEvent[] = [],
  ): Promise<void> {
    const { checkpoints, metrics, log } = this.parts;
    const { organisation } = this.lease;
    await checkpoints.move(this.lease, through, stop, parked);
    this.aside.taken(parked.length);
    for (const { event, position, code } of parked) {
      if (code === undefined) continue;
      const fields = { organisation, reaction: this.reaction.name, event, position, code };
      log.error(fields, 'reaction gave up an event: its stream waits, others go on');
    }
    const checkpoint = { organisation, reaction: this.reaction.name, position: through };
    metrics.moved(stop ? { ...checkpoint, stopped: stop } : checkpoint, done);
    if (stop) log.error({ organisation, reaction: this.reaction.name, ...stop }, 'reaction stopped at an event');
  }
}

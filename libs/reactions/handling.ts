import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { delayOf, errorCode, type KnownElsewhere, type Lease, type Log, pause } from '@ardoise/lanes';
import { type AnyOpened, type EventOpener, isUnreadable, storedId, versionOf } from '@ardoise/sealing';
import { isAway } from './away';
import type { ReactionCheckpoints, ReactionStop } from './checkpoints';
import type { ReactionMetrics } from './metrics';
import type { ParkedEvents } from './parked-events';
import type { Reaction } from './reaction';

export interface ReactionLaneParts {
  readonly store: EventStore;
  readonly opener: EventOpener;
  readonly checkpoints: ReactionCheckpoints;
  readonly parked: ParkedEvents;
  /** Beyond so many the lane stops. */
  readonly mostParked: number;
  readonly metrics: ReactionMetrics;
  readonly log: Log;
  /** Whether another process that lives can read a version of an event. */
  readonly knownElsewhere?: KnownElsewhere;
  readonly batchSize: number;
  readonly pollMilliseconds: number;
  /** Pauses between the tries of a handler; the last one repeats. */
  readonly delays: readonly number[];
  /** After so many tries an event is parked; what is merely away does not count. */
  readonly tries: number;
}

/** A handler gives up on an event. */
export class GivenUp extends Error {
  constructor(readonly stop: ReactionStop) {
    super(stop.code);
  }
}

/** How one reaction opens events and handles them. */
export class Handling {
  private readonly wanted: ReadonlySet<string>;

  constructor(
    private readonly parts: ReactionLaneParts,
    readonly reaction: Reaction,
    private readonly lease: Lease,
  ) {
    this.wanted = new Set(Object.keys(reaction.on));
  }

  /** What does not open ends the batch, and stops the reaction when everything before is done. */
  async open(stored: readonly StoredEvent[]): Promise<{ events: AnyOpened[]; refused?: ReactionStop }> {
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
  async handle(event: AnyOpened, signal: AbortSignal, tries = this.parts.tries): Promise<boolean> {
    const { delays, log } = this.parts;
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

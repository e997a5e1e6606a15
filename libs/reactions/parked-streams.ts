import { eventAt } from '@ardoise/event-store';
import type { Lease } from '@ardoise/lanes';
import { storedId } from '@ardoise/sealing';
import { GivenUp, type Handling, type ReactionLaneParts } from './handling';
import type { ParkedEvent } from './parked-events';
import { sideBySide } from './side-by-side';

/** The streams of which a lane has parked events. */
export class ParkedStreams {
  /** As it was last looked, and parked since: others only take events out. */
  blocked = new Set<string>();
  /** How many more may be parked. */
  room = 0;

  constructor(
    private readonly parts: ReactionLaneParts,
    private readonly handling: Handling,
    private readonly lease: Lease,
  ) {}

  taken(count: number): void {
    this.room = Math.max(0, this.room - count);
  }

  /** Tries what was parked and is to be tried again, streams side by side. Gives how many stay. */
  async tryAgain(signal: AbortSignal): Promise<number> {
    const { parked, mostParked } = this.parts;
    const { organisation } = this.lease;
    const { name } = this.handling.reaction;
    const heads = new Map<string, ParkedEvent>();
    const known = await parked.list(organisation, name);
    for (const one of known) if (!heads.has(one.stream)) heads.set(one.stream, one);
    const due = [...heads.values()].filter(({ code }) => code === undefined);
    await sideBySide(due, (head) => (signal.aborted ? Promise.resolve() : this.tryStream(head, signal)));
    const left = due.length === 0 ? known : await parked.list(organisation, name);
    this.blocked = new Set(left.map(({ stream }) => stream));
    this.room = Math.max(0, mostParked - left.length);
    return left.length;
  }

  /** One parked event of a stream after the other, each once, until one fails again. */
  private async tryStream(head: ParkedEvent, signal: AbortSignal): Promise<void> {
    const { parked, store } = this.parts;
    const { organisation } = this.lease;
    for (
      let next: ParkedEvent | undefined = head;
      next && next.code === undefined && !signal.aborted;
      next = await parked.first(organisation, this.handling.reaction.name, head.stream)
    ) {
      const stored = await eventAt(store, organisation, next.position);
      const { events, refused } = stored ? await this.handling.open([stored]) : { events: [] };
      if (refused) return parked.failed(this.lease, next, refused.code);
      for (const event of events) {
        // Another log was put in place of the one that it was parked from.
        if (storedId(event) !== next.event) break;
        try {
          if (!(await this.handling.handle(event, signal, 1))) return;
        } catch (error) {
          if (!(error instanceof GivenUp)) throw error;
          return parked.failed(this.lease, next, error.stop.code);
        }
      }
      await parked.done(this.lease, next);
    }
  }
}

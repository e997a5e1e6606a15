import { EventStoreUnavailableError, LogMovedError } from '@ardoise/event-store';
import { randomUUID } from 'node:crypto';
import type { Appending } from './appending';
import type { Connection } from './connection';
import type { Places } from './places';
import { readStream } from './reading';
import { closedType, movesStream, openedType } from './record';

/** How long, in milliseconds, it is believed that the log is open, from the moment of asking on. */
const believed = 1_000;
/** Longest time, in milliseconds, between the sending of an append and its being written or refused by the engine. */
const onItsWay = 4_000;
/** How often it is looked for one append before that is given up. */
const mostLooks = 10;
/** After so many milliseconds nothing comes any more from whoever looked before the log was closed. */
export const settling = believed + onItsWay;

/** Too much time passed between the look and the sending. */
class LookTooOldError extends EventStoreUnavailableError {}

/**
 * Whether this log may be appended to. The engine has nothing that keeps off whoever is an administrator, and on a node
 * without security everybody is; so it is we who look, and send nothing later than a second after a look.
 */
export class Moves {
  private lookedAt = -Infinity;
  private looking: Promise<void> | undefined;
  private seen = 0;
  private closed = false;

  constructor(
    private readonly connection: Connection,
    private readonly appending: Appending,
    private readonly places: Places,
  ) {}

  /** @throws LogMovedError */
  async mustBeOpen(): Promise<void> {
    // Before half of the time is over, so that those who append all the time need not wait for the look.
    if (this.age() > believed / 2) {
      const look = (this.looking ??= this.look().finally(() => (this.looking = undefined)));
      if (this.age() > believed) await look;
      else look.catch(() => undefined);
    }
    if (this.closed) throw new LogMovedError('the log was moved away from EventStoreDB');
  }

  /**
   * Sends, when nothing stands between the asking whether it may be sent and the sending. Where the process or the engine
   * was slow, it is looked again before anything is sent.
   * @throws LogMovedError
   */
  async whileOpen<T>(send: (mayBeSent: () => void) => Promise<T>): Promise<T> {
    for (let looks = 1; ; looks++) {
      await this.mustBeOpen();
      try {
        let sent = Infinity;
        const done = await send(() => {
          this.mustBeSure();
          sent = performance.now();
        });
        if (performance.now() - sent > onItsWay) await this.mustHaveBeenOpen();
        return done;
      } catch (error) {
        if (!(error instanceof LookTooOldError) || looks === mostLooks) throw error;
      }
    }
  }

  /**
   * What was answered later than a copy waits may have been written behind its end: then nobody is told that it is recorded.
   * @throws EventStoreUnavailableError: the same command again finds out
   */
  private async mustHaveBeenOpen(): Promise<void> {
    const before = this.seen;
    await this.look();
    if (!this.closed && this.seen === before) return;
    throw new EventStoreUnavailableError('it was answered too late to be sure that it is part of the log');
  }

  /** @throws LogMovedError; LookTooOldError when it has to be looked again, and nothing was sent */
  private mustBeSure(): void {
    if (this.closed) throw new LogMovedError('the log was moved away from EventStoreDB');
    if (this.age() > believed) throw new LookTooOldError('the event store was too slow to be sure that it is open');
  }

  async isClosed(): Promise<boolean> {
    await this.look();
    return this.closed;
  }

  async set(state: 'closed' | 'open'): Promise<void> {
    if ((await this.isClosed()) === (state === 'closed')) return;
    const type = state === 'closed' ? closedType : openedType;
    const events = [{ id: randomUUID(), type, data: Buffer.alloc(0) }];
    await this.appending.append({ stream: movesStream, expectedVersion: undefined, events });
    await this.look();
  }

  private age(): number {
    return performance.now() - this.lookedAt;
  }

  private async look(): Promise<void> {
    const asked = performance.now();
    const { events } = await readStream(this.connection, movesStream, { backwards: true, count: 1 });
    const [last] = events;
    const count = last ? last.revision + 1 : 0;
    // Where it was closed and opened again, another copy came meanwhile.
    if (count !== this.seen) this.places.doubt();
    this.seen = count;
    this.closed = last?.type === closedType;
    this.lookedAt = asked;
  }
}

import type { EventStoreConfig } from '@ardoise/config';
import { type EventStore, LogMovedError } from '@ardoise/event-store';
import type { Log } from '@ardoise/lanes';
import { Gauge, type Registry } from 'prom-client';

/** So long a process may take to learn that its log was left, or opened again. */
const lookMilliseconds = 1_000;

export interface LogDepartureParts {
  readonly store: EventStore;
  /** The engine that this process has its log on. */
  readonly engine: EventStoreConfig['kind'];
  readonly log: Log;
  readonly metrics: Registry;
}

const otherSides = {
  postgres: { name: 'EventStoreDB', settings: 'EVENT_STORE=eventstoredb and EVENTSTORE_URL' },
  eventstoredb: { name: 'PostgreSQL', settings: 'EVENT_STORE=postgres' },
} as const;

/**
 * Whether the log that this process has was left by a move. What is recorded from then on is not in it. So the process
 * does nothing of itself any more: what it held is free for those that run where the log goes on, and nothing is
 * destroyed because this log does not name it. It shows what there is; where the move is given up, it goes on.
 */
export class LogDeparture {
  private left = false;
  private begun = 0;
  private heard = 0;
  private looking: Promise<unknown> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly handlers: (() => void)[] = [];

  constructor(private readonly parts: LogDepartureParts) {
    const gauge: Gauge = new Gauge({
      name: 'ardoise_log_left',
      help: '1 when the log of this process was moved to another engine, or is just being moved',
      registers: [parts.metrics],
      collect: () => gauge.set(this.left ? 1 : 0),
    });
  }

  /** As it was when it was last looked. */
  get isLeft(): boolean {
    return this.left;
  }

  /** What this process is to be started with where the log goes on. */
  get advice(): string {
    const { name, settings } = otherSides[this.parts.engine];
    return `the log was moved to ${name}, or is being moved; start this process anew with ${settings} once the move is over`;
  }

  /** The refusal of a command; nothing was done. */
  refusal(): LogMovedError {
    return new LogMovedError(this.advice);
  }

  /** Called when the log is seen to be left, or open again. */
  onChange(handler: () => void): void {
    this.handlers.push(handler);
  }

  /** Asks the engine now. @throws EventStoreUnavailableError; what was known stays known */
  async look(): Promise<boolean> {
    const number = ++this.begun;
    const left = await this.parts.store.isLeft();
    // An answer to an earlier look than the last one heard is older than what is known.
    if (number < this.heard) return left;
    this.heard = number;
    if (left !== this.left) this.change(left);
    return left;
  }

  start(): void {
    this.timer = setInterval(() => {
      this.looking ??= this.look()
        .catch(() => undefined)
        .finally(() => (this.looking = undefined));
    }, lookMilliseconds).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private change(left: boolean): void {
    this.left = left;
    if (left) this.parts.log.warn({ code: 'log-moved' }, this.advice);
    else this.parts.log.warn({}, 'the log is open again; going on');
    for (const handler of this.handlers) handler();
  }
}

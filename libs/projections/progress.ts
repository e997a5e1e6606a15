import { pause } from '@ardoise/lanes';
import type { Checkpoint } from './checkpoints';

export class ProjectionStoppedError extends Error {
  override readonly name = 'ProjectionStoppedError';
  readonly code = 'projection-stopped';

  constructor(
    readonly organisation: string,
    readonly projection: string,
    readonly event: string,
  ) {
    super(`the projection ${projection} of ${organisation} is stopped at event ${event}`);
  }
}

export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'projection-wait-timeout';
}

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Another process may own the lane: its progress is seen by asking the database again. */
const askAgainMilliseconds = 25;

/** Lets callers wait until an organisation's projections have passed a position. */
export class Progress {
  private readonly waiting = new Map<string, Set<() => void>>();

  /** @param standing the live checkpoints of an organisation's registered projections, in the database */
  constructor(private readonly standing: (organisation: string) => Promise<readonly Checkpoint[]>) {}

  /** Says that a lane of this process has committed. */
  moved(organisation: string): void {
    for (const wake of this.waiting.get(organisation) ?? []) wake();
  }

  /** @throws ProjectionStoppedError, WaitTimeoutError, or the signal's reason */
  async waitFor(organisation: string, position: bigint, { timeoutMs = 10_000, signal }: WaitOptions): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      const moved = this.nextMove(organisation);
      try {
        const behind = (await this.standing(organisation)).filter((checkpoint) => checkpoint.position < position);
        if (behind.length === 0) return;
        const stopped = behind.find((checkpoint) => checkpoint.stopped);
        if (stopped?.stopped) {
          throw new ProjectionStoppedError(organisation, stopped.projection, stopped.stopped.event);
        }
        const left = deadline - performance.now();
        if (left <= 0) {
          throw new WaitTimeoutError(
            `the projections of ${organisation} have not passed ${position} in ${timeoutMs} ms`,
          );
        }
        await Promise.race([moved.promise, pause(Math.min(left, askAgainMilliseconds), moved.signal)]);
      } finally {
        moved.end();
      }
    }
  }

  private nextMove(organisation: string): { promise: Promise<void>; signal: AbortSignal; end: () => void } {
    const controller = new AbortController();
    let wake = (): void => undefined;
    const promise = new Promise<void>((resolve) => (wake = resolve));
    const waiting = this.waiting.get(organisation) ?? new Set();
    this.waiting.set(organisation, waiting.add(wake));
    const end = () => {
      controller.abort();
      waiting.delete(wake);
      if (waiting.size === 0) this.waiting.delete(organisation);
    };
    return { promise, signal: controller.signal, end };
  }
}

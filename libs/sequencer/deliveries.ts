import { Bell, delayOf, errorCode, type Log } from '@ardoise/lanes';
import type { CheckpointEntry, TreeName } from './tree';

/**
 * Told of the newest stored checkpoint, as it is stored now. One that is told while it is still at work is told of the
 * newest when it is done: not of every one. It is told again after what it rejects with, and at each taking of a lane,
 * so it looks itself at what the entry has already. The signal fires when the lane ends.
 */
export type CheckpointListener = (entry: CheckpointEntry, signal: AbortSignal) => Promise<void>;

export interface DeliveriesParts {
  readonly listeners: readonly CheckpointListener[];
  readonly latest: (tree: TreeName) => Promise<CheckpointEntry | undefined>;
  readonly log: Log;
  /** Pauses after failures, in milliseconds; the last one repeats. A new checkpoint ends a pause. */
  readonly delays: readonly number[];
}

/** Tells listeners of one tree's checkpoints beside the lane, which waits for none of them until it ends. */
export class Deliveries {
  private readonly bells: readonly Bell[];
  private readonly running: readonly Promise<void>[];
  private readonly controller = new AbortController();

  constructor(
    private readonly parts: DeliveriesParts,
    private readonly tree: TreeName,
  ) {
    this.bells = parts.listeners.map(() => new Bell());
    this.running = parts.listeners.map((listener, i) => this.run(listener, this.bells[i] as Bell));
  }

  announce(): void {
    for (const bell of this.bells) bell.ring();
  }

  /** Lets listeners at work end. */
  async end(): Promise<void> {
    this.controller.abort();
    await Promise.all(this.running);
  }

  private async run(listener: CheckpointListener, bell: Bell): Promise<void> {
    const { signal } = this.controller;
    let failures = 0;
    while (!signal.aborted) {
      await bell.wait(failures > 0 ? delayOf(this.parts.delays, failures) : never, signal);
      const isDue = bell.take() || failures > 0;
      if (signal.aborted || !isDue) continue;
      try {
        const entry = await this.parts.latest(this.tree);
        if (entry) await listener(entry, signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        const { organisation } = this.tree;
        if (!signal.aborted) {
          const at = { organisation, code: errorCode(error), failures };
          this.parts.log.warn(at, 'a checkpoint could not be passed on; trying again');
        }
      }
    }
  }
}

/** The longest that a timer can be set for, some 24 days; then it just looks again. */
const never = 0x7fffffff;

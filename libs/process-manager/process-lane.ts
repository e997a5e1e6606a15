import type { Bell, Lease } from '@ardoise/lanes';
import type { Clock } from '@ardoise/time';
import type { Instances } from './instances';
import type { Visitor } from './visitor';

export interface ProcessLaneParts {
  readonly instances: Instances;
  readonly clock: Clock;
  readonly pollMilliseconds: number;
  /** Most processes that are looked at side by side. */
  readonly concurrency: number;
}

/** Processes that are fetched together. */
const windowLength = 200;

/** All processes of one kind of one organisation, under one lease: each is looked at when it was called, or its time has come. */
export class ProcessLane {
  constructor(
    private readonly parts: ProcessLaneParts,
    private readonly visitor: Visitor,
    private readonly lease: Lease,
    private readonly bell: Bell,
  ) {}

  /** @throws LeaseLostError, and whatever keeps log, vault or database from answering; it can be run again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.bell.take();
      if (!(await this.round(signal))) await this.bell.wait(this.parts.pollMilliseconds, signal);
    }
  }

  /** False when nothing was due. */
  private async round(signal: AbortSignal): Promise<boolean> {
    const { instances, clock, concurrency } = this.parts;
    const { organisation, purpose } = this.lease;
    const due = await instances.due(organisation, purpose, clock.now(), windowLength);
    if (due.length === 0) return false;
    let ends = false;
    const worker = async (): Promise<void> => {
      for (let one = due.shift(); one && !ends && !signal.aborted; one = due.shift()) {
        await this.visitor.visit(this.lease, one).catch((error: unknown) => {
          ends = true;
          throw error;
        });
      }
    };
    const results = await Promise.allSettled(Array.from({ length: concurrency }, worker));
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected) throw rejected.reason;
    return true;
  }
}

import { Append, AppendOutcome } from './event-store';

export interface GathererLimits {
  /** Most appends in one batch. */
  readonly appends: number;
  /** Most bytes in one batch; an append that is larger goes alone. */
  readonly bytes: number;
  /** Most batches of an organisation on their way at once: while one waits for the disk, the next is looked through. */
  readonly inFlight: number;
}

export const defaultLimits: GathererLimits = { appends: 500, bytes: 8 * 1024 * 1024, inFlight: 2 };

type Send = (appends: readonly Append[]) => Promise<readonly AppendOutcome[]>;

interface Waiting {
  readonly append: Append;
  readonly bytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit for one organisation: what is appended while batches are on their way goes together in the next one, so
 * that one flush of the disk serves many. A call alone goes out at once.
 *
 * At most one append of a stream is on its way: the next one waits for its end, and so sees the version it left.
 */
export class Gatherer {
  private waiting: Waiting[] = [];
  private readonly busyStreams = new Set<string>();
  private readonly sending = new Set<Promise<void>>();
  private scheduled = false;

  /** `isShared` says of an error that it is everybody's, such as a lost connection, and not that of one append. */
  constructor(
    private readonly send: Send,
    private readonly isShared: (error: unknown) => boolean,
    private readonly limits: GathererLimits,
  ) {}

  append(append: Append): Promise<AppendOutcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ append, bytes: sizeOf(append), resolve, reject });
      this.schedule();
    });
  }

  /** Resolves when nothing is waiting nor on its way. */
  async idle(): Promise<void> {
    while (this.waiting.length > 0 || this.sending.size > 0) {
      await Promise.allSettled(this.sending);
      await new Promise(setImmediate);
    }
  }

  /** After the current turn, so that all callers that were answered together, and call again, go together again. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.sending.size < this.limits.inFlight) {
      const batch = this.takeBatch();
      if (batch.length === 0) return;
      const sent = this.deliver(batch).finally(() => {
        this.sending.delete(sent);
        for (const { append } of batch) this.busyStreams.delete(append.stream);
        this.schedule();
      });
      this.sending.add(sent);
    }
  }

  private takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    let bytes = 0;
    // A stream that one append was left behind of is closed to the later ones: they keep their order.
    const passed = new Set<string>();
    for (const item of this.waiting) {
      const { stream } = item.append;
      const full = batch.length >= this.limits.appends || (batch.length > 0 && bytes + item.bytes > this.limits.bytes);
      if (full || passed.has(stream) || this.busyStreams.has(stream)) {
        passed.add(stream);
        left.push(item);
        continue;
      }
      batch.push(item);
      bytes += item.bytes;
      this.busyStreams.add(stream);
    }
    this.waiting = left;
    return batch;
  }

  private async deliver(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.send(batch.map(({ append }) => append));
      batch.forEach(({ resolve }, i) => resolve(outcomes[i] as AppendOutcome));
    } catch (error) {
      if (batch.length === 1 || this.isShared(error)) batch.forEach(({ reject }) => reject(error));
      // The transaction of all failed by the fault of one: nothing of it happened, and alone the others succeed.
      else for (const item of batch) await this.deliver([item]);
    }
  }
}

function sizeOf({ events }: Append): number {
  let bytes = 0;
  for (const { header, sections, command } of events) bytes += header.length + sections.length + command.length + 100;
  return bytes;
}

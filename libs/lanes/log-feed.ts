import type { EventStore, StoredEvent } from '@ardoise/event-store';

/**
 * An organisation's log for one reader that goes along it: by subscription while it goes on where it was, so that an
 * event is there within milliseconds; by plain reading for whoever stands elsewhere.
 */
export class LogFeed {
  private iterator: AsyncIterator<readonly StoredEvent[]> | undefined;
  private pending: Promise<IteratorResult<readonly StoredEvent[]>> | undefined;
  private cursor = -1n;
  private ending = new AbortController();

  constructor(
    private readonly store: EventStore,
    private readonly organisation: string,
    private readonly batchSize: number,
  ) {}

  /**
   * The batch after a position as soon as there is one, or undefined when `wake` resolves first; what arrives meanwhile
   * is kept for the next call.
   */
  async next(after: bigint, wake: Promise<void>): Promise<readonly StoredEvent[] | undefined> {
    if (this.cursor !== after) await this.restart(after);
    const pending = (this.pending ??= this.iterator!.next());
    // A failure that comes after `wake` has won is met by the next call.
    pending.catch(() => undefined);
    const result = await Promise.race([pending, wake]).catch((error: unknown) => {
      this.forget();
      throw error;
    });
    if (!result) return undefined;
    if (result.done) {
      this.forget();
      return undefined;
    }
    this.pending = undefined;
    this.cursor = result.value.at(-1)?.position ?? after;
    return result.value;
  }

  async close(): Promise<void> {
    this.ending.abort();
    const { iterator, pending } = this;
    this.forget();
    await pending?.catch(() => undefined);
    await iterator?.return?.();
  }

  private forget(): void {
    this.iterator = this.pending = undefined;
    this.cursor = -1n;
  }

  private async restart(after: bigint): Promise<void> {
    await this.close();
    this.ending = new AbortController();
    this.iterator = this.store
      .subscribe({ organisation: this.organisation, after, batchSize: this.batchSize, signal: this.ending.signal })
      [Symbol.asyncIterator]();
    this.cursor = after;
  }
}

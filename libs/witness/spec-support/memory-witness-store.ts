import type { Change, WitnessStore } from '../witness-store';

/** Forgets at the end of the test; fails when it is told to. */
export class MemoryWitnessStore implements WitnessStore {
  failing = false;
  private readonly records = new Map<string, Buffer>();
  private queue: Promise<unknown> = Promise.resolve();

  async read(originHash: string): Promise<Buffer | undefined> {
    return this.records.get(originHash);
  }

  update<Result>(
    originHash: string,
    change: (current: Buffer | undefined) => Promise<Change<Result>>,
  ): Promise<Result> {
    const next = this.queue.then(async () => {
      const { next: record, result } = await change(this.records.get(originHash));
      if (this.failing) throw new Error('disk full');
      if (record) this.records.set(originHash, record);
      return result;
    });
    this.queue = next.catch(() => undefined);
    return next;
  }

  put(originHash: string, record: Buffer): void {
    this.records.set(originHash, record);
  }

  clear(): void {
    this.records.clear();
  }
}

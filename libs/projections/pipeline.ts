import type { OpenedBatch } from './open-batch';

/**
 * Goes along a log, reading and opening the next batch while the one before is being written. Ends when `read` has no
 * more, after a batch with a refused event (who wants what has changed), or when `write` says so.
 */
export async function pipeline(
  after: bigint,
  read: (after: bigint) => Promise<OpenedBatch | undefined>,
  write: (batch: OpenedBatch) => Promise<boolean>,
): Promise<void> {
  let reading: Promise<OpenedBatch | undefined> | undefined = read(after);
  try {
    while (reading) {
      const batch: OpenedBatch | undefined = await reading;
      reading = undefined;
      if (!batch) return;
      if (!batch.refused) {
        reading = read(batch.through);
        // Met by the next round; it must not end the process while the batch is being written.
        reading.catch(() => undefined);
      }
      if (!(await write(batch))) return;
    }
  } finally {
    await reading?.catch(() => undefined);
  }
}

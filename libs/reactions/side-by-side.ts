import type { AnyOpened } from '@ardoise/sealing';

const concurrency = 16;

/** All of them, several at a time; what one rejects with comes when those under way have ended. */
export async function sideBySide<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined && !failed; one = queue.shift()) {
      await work(one).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected) throw rejected.reason;
}

/** Events of one stream one after the other, streams side by side; all end when `handle` says no. */
export async function eachStream(
  events: readonly AnyOpened[],
  handle: (event: AnyOpened) => Promise<boolean>,
): Promise<void> {
  const streams = new Map<string, AnyOpened[]>();
  for (const event of events) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  let failed = false;
  await sideBySide([...streams.values()], async (stream) => {
    for (const event of stream) {
      if (failed) return;
      // Later events of other streams are not begun: they would only be done again.
      if (!(await handle(event))) failed = true;
    }
  });
}

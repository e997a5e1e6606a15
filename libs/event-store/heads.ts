import type { EventStore } from './event-store';

/** Last position of each of these organisations' logs; each log is asked once, however often it is named. */
export async function headsOf(
  store: Pick<EventStore, 'head'>,
  organisations: Iterable<string>,
): Promise<Map<string, bigint>> {
  const names = [...new Set(organisations)];
  return new Map(await Promise.all(names.map(async (name) => [name, await store.head(name)] as const)));
}

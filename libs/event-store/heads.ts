import type { EventStore } from './event-store';

/** How many logs are asked at once: what is shown of all of them must not hold up whoever appends. */
const atOnce = 4;

/** Last position of each of these organisations' logs; each log is asked once, however often it is named. */
export async function headsOf(
  store: Pick<EventStore, 'head'>,
  organisations: Iterable<string>,
): Promise<Map<string, bigint>> {
  const names = [...new Set(organisations)];
  const heads = new Map<string, bigint>();
  const ask = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) heads.set(name, await store.head(name));
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return heads;
}

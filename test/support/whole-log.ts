import { readConfig } from '@ardoise/config';
import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { createPool } from '@ardoise/postgres';
import { openEventStore } from '../../src/platform/event-store';
import { placesOf } from './engine';

/** Every event of an organisation, in the order of its log. */
export async function wholeLog(store: EventStore, organisation = 'mira'): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const events = await store.readLog(organisation, all.at(-1)?.position ?? 0n, 100);
    if (events.length === 0) return all;
    all.push(...events);
  }
}

/** How many events an organisation has: what its ledger's size is. */
export async function sizeOf(store: EventStore, organisation = 'mira'): Promise<number> {
  return (await wholeLog(store, organisation)).length;
}

/** The whole log of an installation of which no process runs. */
export async function wholeLogOf(databaseUrl: string, organisation = 'mira'): Promise<StoredEvent[]> {
  const pool = createPool(databaseUrl, { applicationName: 'spec' });
  const config = readConfig(await placesOf(databaseUrl));
  const store = await openEventStore({ config, pool, url: databaseUrl });
  try {
    return await wholeLog(store, organisation);
  } finally {
    await store.close();
    await pool.end();
  }
}

import type { Append } from '@ardoise/event-store';
import { revived } from '@ardoise/testing';
import { EventStoreDBEventStore } from './eventstoredb-event-store';

/** Run in a process of its own by the contract: appends what it is sent, and answers with the outcome's kind. */
process.once('message', (message) => {
  void appendOnce(message as { url: string; append: string });
});

async function appendOnce({ url, append }: { url: string; append: string }): Promise<void> {
  const store = new EventStoreDBEventStore({ connectionString: url });
  const { kind } = await store.append(revived<Append>(append));
  await store.close();
  process.send?.({ kind });
  process.disconnect();
}

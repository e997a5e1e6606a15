import { createPool } from '@ardoise/postgres';
import { revived } from '@ardoise/testing';
import { Append } from './event-store';
import { PostgresEventStore } from './postgres-event-store';

/** Run in a process of its own by the contract: appends what it is sent, and answers with the outcome's kind. */
process.once('message', (message) => {
  void appendOnce(message as { url: string; append: string });
});

async function appendOnce({ url, append }: { url: string; append: string }): Promise<void> {
  const pool = createPool(url, { role: 'ardoise_log', applicationName: 'contract process' });
  const store = new PostgresEventStore({ pool, listenUrl: url });
  const { kind } = await store.append(revived<Append>(append));
  await store.close();
  await pool.end();
  process.send?.({ kind });
  process.disconnect();
}

import { keepServer, keptServer } from './kept-server';

const withoutEventStoreDB =
  'The contract did not run on EventStoreDB: EVENTSTORE_URL names none ' +
  '(a node of 23.10 with MaxAppendSize 16000000, such as esdb://127.0.0.1:2113?tls=false).';

/** Ends what the global setup started; a server that the environment named is left alone. */
export default async function globalTeardown(): Promise<void> {
  const server = keptServer();
  if (!server) return;
  if (!process.env.EVENTSTORE_URL) process.stderr.write(`${withoutEventStoreDB}\n`);
  keepServer(undefined);
  await server.remove();
}

import { keepServer, keptServer } from './kept-server';

/** Ends what the global setup started; a server that the environment named is left alone. */
export default async function globalTeardown(): Promise<void> {
  const server = keptServer();
  if (!server) return;
  keepServer(undefined);
  await server.remove();
}

import { keepServer, keptServer } from './kept-server';
import { startTestServer } from './test-server';

/**
 * One PostgreSQL for a whole run of jest, unless the environment names one. Without fsync: nothing of it has to
 * survive the run. Specs that are about durability start their own.
 */
export default async function globalSetup(): Promise<void> {
  if (process.env.ARDOISE_TEST_DATABASE || keptServer()) return;
  const server = await startTestServer({ fsync: 'off', full_page_writes: 'off', max_connections: '200' });
  keepServer(server);
  process.env.ARDOISE_TEST_DATABASE = server.url;
}

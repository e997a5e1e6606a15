import { readConfig } from '@ardoise/config';
import { randomBytes } from '@ardoise/format';
import { createPool } from '@ardoise/postgres';
import { fastify } from 'fastify';
import { join } from 'node:path';
import { capabilities } from '../../src/capabilities';
import { createLog } from '../../src/platform/logging';
import { startPlatform } from '../../src/platform/platform';
import { createServer, startWork, stopServer } from '../../src/server';
import type { ServerOrder } from './child';

interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

process.once('message', (order) => {
  void run(order as ServerOrder);
});

async function run(order: ServerOrder): Promise<void> {
  const running = await (order.kind === 'ardoise' ? startArdoise(order) : startBare(order));
  process.once('message', () => {
    void running.stop().then(() => process.exit(0));
  });
  process.send?.({ url: running.url });
}

/** The whole server: projections and reactions run in it, as on a machine that has one server. */
async function startArdoise({ databaseUrl, folder }: ServerOrder): Promise<Running> {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    ARDOISE_DATA: join(folder, 'data'),
    ARDOISE_KEYS: join(folder, 'keys'),
    LOG_LEVEL: 'fatal',
    PORT: '0',
  });
  const platform = await startPlatform({ config, capabilities, log: createLog('fatal', 'bench'), name: 'bench' });
  const app = await createServer(platform);
  await startWork(app, platform);
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), stop: () => stopServer(app, platform) };
}

/** A route that inserts one row, of as many bytes as Ardoise writes for the same request, and nothing else. */
async function startBare({ databaseUrl }: ServerOrder): Promise<Running> {
  const pool = createPool(databaseUrl, { applicationName: 'bench bare http', max: 16 });
  await pool.query('CREATE TABLE bare_http (id bigserial PRIMARY KEY, stream text, body jsonb, sealed bytea)');
  const app = fastify();
  const sealed = randomBytes(1_250);
  app.post('/rows/:stream', async (request, reply) => {
    const { stream } = request.params as { stream: string };
    const { rows } = await pool.query<{ id: string }>({
      name: 'bare-http',
      text: 'INSERT INTO bare_http (stream, body, sealed) VALUES ($1, $2, $3) RETURNING id',
      values: [stream, JSON.stringify(request.body), sealed],
    });
    void reply.code(201);
    return { id: rows[0]?.id };
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const stop = async (): Promise<void> => {
    await app.close();
    await pool.end();
  };
  return { url, stop };
}

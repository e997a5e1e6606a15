import { readConfig } from '@ardoise/config';
import { capabilities } from './capabilities';
import { createLog } from './platform/logging';
import { startPlatform } from './platform/platform';
import { createServer, madeOf, startWork, stopServer } from './server';
import { onceStopped } from './stopping';

/** Starts the server, says where to look, and stops it on a signal. */
export async function serve(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const config = readConfig(environment);
  const log = createLog(config.logLevel, 'ardoise');
  const stopping = onceStopped();
  const platform = await startPlatform({ config, capabilities, log, name: 'ardoise server' });
  const app = await madeOf(platform, createServer);
  try {
    await startWork(app, platform);
    await app.listen(config.port, config.host);
    const url = await app.getUrl();
    log.info(
      {
        url,
        docs: `${url}/docs`,
        health: `${url}/health/ready`,
        organisations: [...platform.policies.keys()],
        database: platform.server.embedded ? 'embedded' : 'DATABASE_URL',
        data: config.dataFolder,
        keys: config.keysFolder,
      },
      'Ardoise is ready',
    );
    const signal = await stopping;
    log.info({ signal }, 'stopping');
  } finally {
    await stopServer(app, platform);
    log.info({}, 'stopped');
  }
}

import { ConfigError, readConfig } from '@ardoise/config';
import { capabilities } from './capabilities';
import { createLog } from './platform/logging';
import { startPlatform } from './platform/platform';
import { createWorker, madeOf, startWork, stopServer } from './server';
import { onceStopped } from './stopping';

/** Projections, reactions and schedules without HTTP, until a signal. Several workers share the work by leases. */
export async function work(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const config = readConfig(environment);
  if (!config.work) throw new ConfigError('ARDOISE_WORK is "off"; a worker has nothing else to do');
  const log = createLog(config.logLevel, 'ardoise-worker');
  const stopping = onceStopped();
  const platform = await startPlatform({ config, capabilities, log, name: 'ardoise worker' });
  const app = await madeOf(platform, createWorker);
  try {
    await startWork(app, platform);
    log.info({ organisations: [...platform.policies.keys()] }, 'the worker is ready');
    const signal = await stopping;
    log.info({ signal }, 'stopping');
  } finally {
    await stopServer(app, platform);
    log.info({}, 'stopped');
  }
}

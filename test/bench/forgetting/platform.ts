import { readConfig } from '@ardoise/config';
import type { Steps } from '@ardoise/steps';
import { join } from 'node:path';
import { capabilities } from '../../../src/capabilities';
import { createLog } from '../../../src/platform/logging';
import { startPlatform, type Platform } from '../../../src/platform/platform';

/** The organisation whose policy comes with Ardoise. */
export const organisation = 'mira';

/** The platform as it is, without lanes and schedules: what is measured is asked for. */
export function startBenchPlatform(databaseUrl: string, folder: string, steps?: Steps): Promise<Platform> {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    ARDOISE_DATA: join(folder, 'data'),
    ARDOISE_KEYS: join(folder, 'keys'),
    ARDOISE_WORK: 'off',
    LOG_LEVEL: 'fatal',
    PORT: '0',
  });
  const log = createLog('fatal', 'bench');
  return startPlatform({ config, capabilities, log, name: 'bench', ...(steps ? { steps } : {}) });
}

import { readConfig } from '@ardoise/config';
import { NestFactory } from '@nestjs/core';
import { capabilities } from '../../src/capabilities';
import { Recovery } from '../../src/keys/recovery/recovery';
import { createLog, NestLog } from '../../src/platform/logging';
import { startPlatform } from '../../src/platform/platform';
import { Reactions } from '../../src/platform/reactions';
import { ServerModule } from '../../src/server';

/** Recovers an organisation in a process of its own, which dies right after the step that is named, if any. */
async function main([organisation = '', dieAfter = '']: string[]): Promise<void> {
  const config = { ...readConfig(process.env), work: false };
  const log = createLog(config.logLevel, 'recovery');
  const done: string[] = [];
  const steps = {
    done(step: string): void {
      done.push(step);
      if (step === dieAfter) process.kill(process.pid, 'SIGKILL');
    },
  };
  const platform = await startPlatform({ config, capabilities, log, steps, name: 'recovery' });
  const app = await NestFactory.createApplicationContext(ServerModule.of(platform), { logger: new NestLog(log) });
  const recovered = await new Recovery(platform, app.get(Reactions)).run({ organisation, reason: 'other' });
  const quarantined = platform.quarantines.of(organisation) !== undefined;
  await app.close();
  await platform.close();
  process.send?.({ recovered, quarantined, done });
  process.disconnect();
}

void main(process.argv.slice(2));

import { readConfig } from '@ardoise/config';
import type { Steps } from '@ardoise/steps';
import { Clock } from '@ardoise/time';
import { capabilities } from '../../src/capabilities';
import { createLog } from '../../src/platform/logging';
import { startPlatform } from '../../src/platform/platform';
import { createServer, startWork } from '../../src/server';

/** Told by whoever started this process: it is to die right after the step. */
export interface KillAt {
  readonly killAt: string;
}

let killAt: string | undefined;
process.on('message', (message: KillAt) => {
  killAt = message.killAt;
  process.send?.({ armed: killAt });
});

/** Dies by the signal that nothing can be done about, right after the step is durable. */
const steps: Steps = {
  done(step) {
    if (step !== killAt) return;
    process.kill(process.pid, 'SIGKILL');
    return new Promise<void>(() => undefined);
  },
};

/** The machine's clock, moved: so that leases of those who were killed before have lapsed. */
class MovedClock extends Clock {
  constructor(private readonly milliseconds: number) {
    super();
  }

  now(): Date {
    return new Date(Date.now() + this.milliseconds);
  }
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const clock = new MovedClock(Number(process.env.ARDOISE_TEST_AHEAD ?? 0));
  const log = createLog(config.logLevel, 'stepping');
  const platform = await startPlatform({ config, capabilities, log, clock, steps, name: 'stepping' });
  const app = await createServer(platform);
  await startWork(app, platform);
  await app.listen(0, '127.0.0.1');
  process.send?.({ url: (await app.getUrl()).replace('localhost', '127.0.0.1') });
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});

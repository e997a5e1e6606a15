import { eventStoreMigrations, PostgresEventStore } from '@ardoise/event-store';
import { silentLog } from '@ardoise/lanes';
import { createPool, migrate } from '@ardoise/postgres';
import { Ledger, ledgerMigrations, Sequencer } from '@ardoise/sequencer';
import { FileLedgerKeys } from '@ardoise/signing';
import type { Steps } from '@ardoise/steps';
import { SystemClock } from '@ardoise/time';
import { Registry } from 'prom-client';

/** What a sequencing process is told first. */
export interface SequencingTask {
  readonly url: string;
  readonly keysFolder: string;
  /** Short, so that a lane of one that died is taken over at once. */
  readonly leaseMilliseconds: number;
}

/** Told at any time: the step after which it is to die, or none. */
export interface DieAfter {
  readonly dieAfter?: string;
}

let dieAfter: string | undefined;

/** Dies by the signal that nothing can be done about, right after the step. */
const steps: Steps = {
  done(step) {
    if (step !== dieAfter) return;
    process.kill(process.pid, 'SIGKILL');
    return new Promise<void>(() => undefined);
  },
};

async function run({ url, keysFolder, leaseMilliseconds }: SequencingTask): Promise<void> {
  await migrate(url, [...eventStoreMigrations, ...ledgerMigrations]);
  const clock = new SystemClock();
  const pool = createPool(url, { role: 'ardoise_ledger', max: 3, applicationName: 'sequencing process' });
  const logPool = createPool(url, { role: 'ardoise_log', max: 3, applicationName: 'sequencing process log' });
  const store = new PostgresEventStore({ pool: logPool, listenUrl: url });
  const sequencer = new Sequencer({
    ledger: new Ledger({ pool, store }),
    store,
    pool,
    keys: await FileLedgerKeys.open({ folder: keysFolder, clock }),
    ledgerOriginBase: 'faults.example',
    clock,
    metrics: new Registry(),
    log: silentLog,
    steps,
    leaseMilliseconds,
    checkpointMilliseconds: 30,
    pollMilliseconds: 30,
    delays: [30],
    batchSize: 300,
  });
  await sequencer.start();
  process.on('message', (message: DieAfter | 'stop') => {
    if (message !== 'stop') {
      dieAfter = message.dieAfter;
      return;
    }
    void (async () => {
      await sequencer.stop();
      await store.close();
      await Promise.all([pool.end(), logPool.end()]);
      process.exit(0);
    })();
  });
  process.send?.('ready');
}

run(JSON.parse(process.argv[2] ?? '{}') as SequencingTask).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});

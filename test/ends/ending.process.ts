import { readConfig } from '@ardoise/config';
import { SettableClock } from '@ardoise/time';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HandOvers } from '../../src/audit/handover/hand-over';
import { capabilities } from '../../src/capabilities';
import { DayEnding } from '../../src/keys/ends/days/day-ending';
import { DayEnds } from '../../src/keys/ends/days/day-ends';
import { KeptEnding } from '../../src/keys/ends/kept/kept-ending';
import { KeptEnds } from '../../src/keys/ends/kept/kept-ends';
import { OrganisationEnding } from '../../src/keys/ends/organisation/organisation-ending';
import { createLog } from '../../src/platform/logging';
import { Reactions } from '../../src/platform/reactions';
import { startPlatform } from '../../src/platform/platform';
import { createWorker, stopServer } from '../../src/server';

/** What a process of the sweep is to do, as JSON in `ARDOISE_SWEEP`. */
export interface Sweep {
  readonly now: string;
  /** The step after which it kills itself. */
  readonly killAfter?: string;
  /** Days of technical logs to be ended. */
  readonly days?: readonly { readonly organisation: string; readonly day: string }[];
  /** Organisations whose kept units are to be ended, where their date has come. */
  readonly kept?: readonly string[];
  /** Organisations to be ended. */
  readonly organisations?: readonly string[];
  /** Where their logs go. */
  readonly folder: string;
}

/** Ends what it is told to, unless it is killed after a step: then another one goes on. */
async function main(sweep: Sweep): Promise<void> {
  const config = { ...readConfig(process.env), work: false };
  const clock = new SettableClock(new Date(sweep.now));
  const steps = {
    done(step: string): Promise<void> | void {
      if (step !== sweep.killAfter) return;
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    },
  };
  const log = createLog('silent', 'sweep');
  const platform = await startPlatform({ config, capabilities, log, clock, steps, name: 'sweep' });
  const app = await createWorker(platform);
  await platform.projections.start();
  await app.get(Reactions).start();
  const [days, dayEnds] = [app.get(DayEnding, { strict: false }), app.get(DayEnds, { strict: false })];
  for (const { organisation, day } of sweep.days ?? []) {
    const name = { organisation, category: 'technical', day };
    await days.end(name);
    while ((await dayEnds.find(name))?.state !== 'completed') {
      await days.completeWaiting();
      await delay(5);
    }
  }
  const [kept, keptEnds] = [app.get(KeptEnding, { strict: false }), app.get(KeptEnds, { strict: false })];
  for (const organisation of sweep.kept ?? []) {
    await kept.endDue(organisation);
    while ((await keptEnds.waiting()).some((one) => one.organisation === organisation)) {
      await kept.completeWaiting();
      await delay(5);
    }
  }
  const ending = app.get(OrganisationEnding, { strict: false });
  const handOvers = app.get(HandOvers, { strict: false });
  for (const organisation of sweep.organisations ?? []) {
    await ending.begin(organisation);
    const handOver = handOvers.of(organisation, join(sweep.folder, organisation));
    let waitedAt: string | undefined;
    for (;;) {
      const row = await ending.advance(organisation, handOver);
      if (row?.receipt) break;
      // Once where it waits for a time to be over; more would end the leases of lanes faster than they are renewed.
      if (row?.state !== waitedAt) clock.advance(60_000);
      waitedAt = row?.state;
      await delay(5);
    }
  }
  await stopServer(app, platform);
}

main(JSON.parse(process.env.ARDOISE_SWEEP ?? '{}') as Sweep).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);

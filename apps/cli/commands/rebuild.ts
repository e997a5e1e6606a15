import { Command, InvalidArgumentError } from 'commander';
import { withContext } from '../context';
import { say, type OutputOptions } from '../output';
import { showProgress } from '../progress';
import { InterruptedError } from '../report';

interface RebuildOptions extends OutputOptions {
  readonly batchSize?: number;
  readonly only?: string[];
}

export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('build the read models anew beside the living ones, then switch to them')
    .option('--batch-size <events>', 'events in one transaction', batchSize)
    .option('--only <projections...>', 'only these projections')
    .option('--json', 'one line of JSON as the last')
    .action((options: RebuildOptions) =>
      withContext('rebuild', async ({ platform, signal }) => {
        const progress = showProgress('rebuild');
        const result = await platform.projections.rebuild({
          signal,
          ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
          ...(options.only === undefined ? {} : { projections: options.only }),
          onProgress: ({ events: done, total, eventsPerSecond }) =>
            progress.at(done, total, `${Math.round(eventsPerSecond)} events/s`),
        });
        progress.end();
        if (signal.aborted)
          throw new InterruptedError('the rebuild was interrupted; the next one goes on where it stopped');
        const { switched, stopped, events, seconds } = result;
        const digests = Object.fromEntries(
          await Promise.all(
            [...platform.policies.keys()].sort().map(async (o) => [o, await platform.projections.digest(o)] as const),
          ),
        );
        const rate = Math.round(events / Math.max(seconds, 0.001));
        say(
          options,
          [
            switched
              ? `switched to the new read models: ${events} events in ${seconds.toFixed(1)} s, ${rate} events/s`
              : 'not switched',
            ...stopped.map(({ projection, organisation }) => `${organisation}: ${projection} stopped`),
            ...Object.entries(digests).map(([organisation, digest]) => `${organisation}: digest ${digest}`),
          ],
          { switched, events, seconds, eventsPerSecond: rate, digests },
        );
        if (!switched) process.exitCode = 3;
      }),
    );
}

function batchSize(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 100_000)
    throw new InvalidArgumentError('It takes 1 to 100000.');
  return number;
}

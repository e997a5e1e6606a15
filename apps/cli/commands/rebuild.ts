import type { Comparison } from '@ardoise/projections';
import { Command, InvalidArgumentError } from 'commander';
import { unitName } from '../../../src/platform/log-standing';
import { withContext } from '../context';
import { say, type OutputOptions } from '../output';
import { showProgress } from '../progress';
import { comparisonLines, progressNote } from '../rebuild-report';
import { InterruptedError } from '../report';

interface RebuildOptions extends OutputOptions {
  readonly batchSize?: number;
  readonly only?: string[];
  readonly acceptDifferences?: boolean;
  readonly abandon?: boolean;
}

export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('build the read models anew beside the living ones, compare them, then switch to them')
    .option('--batch-size <events>', 'events in one transaction', batchSize)
    .option('--only <projections...>', 'only these projections')
    .option('--accept-differences', 'switch also to tables that came out another way than what is shown')
    .option(
      '--abandon',
      'drop what an interrupted rebuild has made, or one that differed; erasures wait for it no more',
    )
    .option('--json', 'one line of JSON as the last')
    .action((options: RebuildOptions) =>
      withContext('rebuild', async ({ platform, signal }) => {
        if (options.abandon) {
          await platform.projections.abandonRebuild();
          return say(options, ['no rebuild is under way any more'], { abandoned: true });
        }
        const progress = showProgress('rebuild', unitName(platform.unit));
        const result = await platform.projections.rebuild({
          signal,
          ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
          ...(options.only === undefined ? {} : { projections: options.only }),
          ...(options.acceptDifferences ? { acceptDifferences: true } : {}),
          onProgress: (at) => progress.at(at.passed, at.total, progressNote(at)),
        });
        progress.end();
        if (signal.aborted)
          throw new InterruptedError('the rebuild was interrupted; the next one goes on where it stopped');
        const { switched, stopped, comparison, events, seconds } = result;
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
            ...comparisonLines(comparison, switched),
            ...Object.entries(digests).map(([organisation, digest]) => `${organisation}: digest ${digest}`),
          ],
          { switched, events, seconds, eventsPerSecond: rate, digests, comparison: plain(comparison) },
        );
        if (!switched) process.exitCode = 3;
      }),
    );
}

/** A position as it stands in JSON. */
function plain({ differences, ...comparison }: Comparison): object {
  return {
    ...comparison,
    differences: differences.map(({ position, ...difference }) => ({ ...difference, position: position.toString() })),
  };
}

function batchSize(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 100_000)
    throw new InvalidArgumentError('It takes 1 to 100000.');
  return number;
}

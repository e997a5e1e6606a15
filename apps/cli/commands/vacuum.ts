import { Command } from 'commander';
import { Maintenance } from '../../../src/maintenance/maintenance';
import { withContext } from '../context';
import { say, type OutputOptions } from '../output';
import { showProgress } from '../progress';
import { InterruptedError } from '../report';

interface VacuumOptions extends OutputOptions {
  readonly full?: boolean;
}

export function vacuumCommand(): Command {
  return new Command('vacuum')
    .description('free the room of rows that are gone; servers and workers do it every day')
    .option('--full', 'write the tables anew, so that no file keeps bytes of such rows; each stands still meanwhile')
    .option('--json', 'one line of JSON as the last')
    .action((options: VacuumOptions) =>
      withContext('vacuum', async ({ app, signal }) => {
        const progress = showProgress('vacuum');
        const result = await app
          .get(Maintenance, { strict: false })
          .run({
            rewrite: options.full ? 'all' : 'none',
            signal,
            onProgress: (done, total, what) => progress.at(done, total, what),
          })
          .catch((error: unknown) => {
            if (!signal.aborted) throw error;
            throw new InterruptedError('interrupted between two tables; the next run begins anew');
          });
        progress.end();
        const { done, vacuumed, rewritten, busy, heldBy, walLeftBehind } = result;
        if (!done) throw new Error('another process vacuums the database; try again when it is done');
        say(
          options,
          [
            `${vacuumed.length} tables vacuumed, ${rewritten.length} rewritten`,
            ...(heldBy === undefined ? [] : [`nothing was rewritten: ${heldBy} may still see what was removed`]),
            ...busy.map((name) => `${name} was in use all the time; try again`),
            ...(walLeftBehind ? [] : ['the database user may not end the write-ahead log of before: the server will']),
          ],
          result,
        );
        if (busy.length > 0 || heldBy !== undefined) process.exitCode = 3;
      }),
    );
}

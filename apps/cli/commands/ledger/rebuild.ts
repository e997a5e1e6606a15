import { Command } from 'commander';
import { withContext } from '../../context';
import { say, type OutputOptions } from '../../output';
import { showProgress } from '../../progress';

interface RebuildOptions extends OutputOptions {
  readonly organisation: string;
}

export function ledgerRebuildCommand(): Command {
  return new Command('rebuild')
    .description('throw the tiles of a ledger away and make them again from the log; every checkpoint must be met')
    .requiredOption('--organisation <slug>', 'whose ledger it is')
    .option('--json', 'one line of JSON as the last')
    .action((options: RebuildOptions) =>
      withContext('ledger rebuild', async ({ platform }) => {
        const { organisation } = options;
        const progress = showProgress('ledger');
        const begun = performance.now();
        const { size, root } = await platform.ledger
          .rebuild(organisation, (done, total) => progress.at(done, total, 'leaves'))
          .finally(() => progress.end());
        const seconds = (performance.now() - begun) / 1000;
        const text = root.toString('base64');
        say(
          options,
          [
            `${organisation}: ${size} leaves in ${seconds.toFixed(1)} s, root ${text}`,
            'every checkpoint is met; servers that run go on',
          ],
          { organisation, size, root: text, seconds },
        );
      }),
    );
}

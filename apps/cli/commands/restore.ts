import { Command } from 'commander';
import { BackupError, findParts, partNames, restore, type FoundPart, type PartName } from '@ardoise/backup';
import { LoggedSteps } from '@ardoise/steps';
import { resolve } from 'node:path';
import { capabilities } from '../../../src/capabilities';
import { allMigrations, keepers } from '../../../src/platform/database';
import { withDatabase } from '../database';
import { say, type OutputOptions } from '../output';
import { partList } from '../parts';
import { showProgress } from '../progress';
import { InterruptedError } from '../report';

interface RestoreOptions extends OutputOptions {
  readonly from: readonly string[];
  readonly parts?: readonly PartName[];
  readonly yes?: boolean;
}

const whatBecameOfReadModels = {
  restored: 'the read models are those of the backup',
  emptied: 'the read models were emptied: the next server or worker builds them from the log',
  untouched: 'the read models were not touched',
};

export function restoreCommand(): Command {
  return new Command('restore')
    .description('put parts of a backup in the place of what is there; nobody else may work on the database')
    .requiredOption('--from <folders...>', 'a backup, or parts of one that lie apart')
    .option('--parts <parts>', `of ${partNames.join(', ')}; all that is there without it`, partList)
    .option('--yes', 'do it; without this it only says what it would do')
    .option('--json', 'one line of JSON as the last')
    .action(async (options: RestoreOptions) => {
      const from = options.from.map((folder) => resolve(folder));
      const found = await findParts(from, options.parts);
      if (!options.yes) return refuse(options, found);
      await withDatabase('restore', async ({ config, log, url, signal }) => {
        const progress = showProgress('restore');
        const { parts, readModels } = await restore({
          url,
          dataFolder: config.dataFolder,
          from,
          ...(options.parts === undefined ? {} : { parts: options.parts }),
          migrations: allMigrations(capabilities),
          keepers,
          steps: new LoggedSteps(log),
          signal,
          onProgress: (done, total, what) => progress.at(done, total, what),
        }).catch((error: unknown) => {
          if (!signal.aborted || error instanceof BackupError) throw error;
          throw new InterruptedError('the restore was interrupted; the database holds what it held before');
        });
        progress.end();
        const words = [`restored: ${parts.join(', ')}`, whatBecameOfReadModels[readModels]];
        say(options, words, { restored: parts, readModels });
      });
    });
}

function refuse(options: OutputOptions, found: readonly FoundPart[]): void {
  const parts = found.map(({ part, manifest: { takenAt } }) => ({ part, takenAt }));
  say(
    options,
    [
      ...parts.map(({ part, takenAt }) => `would replace ${part} by what it was at ${takenAt}`),
      'what was recorded since would be gone; say --yes to do it',
    ],
    { wouldRestore: parts },
  );
  process.exitCode = 2;
}

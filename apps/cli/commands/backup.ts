import { Command } from 'commander';
import { backUp, partNames, type Manifest, type PartName } from '@ardoise/backup';
import { resolve } from 'node:path';
import { SystemClock } from '@ardoise/time';
import { capabilities } from '../../../src/capabilities';
import { allMigrations } from '../../../src/platform/database';
import { withDatabase } from '../database';
import { say, type OutputOptions } from '../output';
import { partList } from '../parts';
import { showProgress } from '../progress';

interface BackupOptions extends OutputOptions {
  readonly to: string;
  readonly parts: readonly PartName[];
}

export function backupCommand(): Command {
  return new Command('backup')
    .description('write log, vault, read models and blobs of one moment apart; the server may go on. No key is in it')
    .requiredOption('--to <folder>', 'a folder that does not exist yet')
    .option('--parts <parts>', `of ${partNames.join(', ')}`, partList, [...partNames])
    .option('--json', 'one line of JSON as the last')
    .action((options: BackupOptions) =>
      withDatabase('backup', async ({ config, url, signal }) => {
        const progress = showProgress('backup');
        const { backup, manifests } = await backUp({
          url,
          dataFolder: config.dataFolder,
          keysFolder: config.keysFolder,
          to: resolve(options.to),
          parts: options.parts,
          migrations: allMigrations(capabilities),
          now: new SystemClock().now(),
          signal,
          onProgress: (done, total, what) => progress.at(done, total, what),
        });
        progress.end();
        const parts = manifests.map((manifest) => ({
          part: manifest.part,
          rows: rowsOf(manifest),
          bytes: bytesOf(manifest),
        }));
        const elsewhere = config.eventStore.kind === 'postgres' ? [] : [elsewhereNote];
        say(
          options,
          [
            ...manifests.flatMap((manifest) => [
              `${resolve(options.to)}/${manifest.part}: ${rowsOf(manifest)} rows or files, ${bytesOf(manifest)} bytes`,
              `    ${manifest.words.contains.en}`,
              `    To a thief: ${manifest.words.toAThief.en}`,
              `    Keep: ${manifest.words.keepFor.en}`,
            ]),
            ...elsewhere,
          ],
          { backup, folder: resolve(options.to), parts },
        );
      }),
    );
}

const elsewhereNote =
  'The events themselves are on EventStoreDB, and in no part of this backup: back them up there, after this one.';

const rowsOf = ({ tables, blobs }: Manifest): number =>
  tables.reduce((sum, { rows }) => sum + rows, 0) + (blobs?.count ?? 0);

const bytesOf = ({ tables, blobs }: Manifest): number =>
  tables.reduce((sum, { bytes }) => sum + bytes, 0) + (blobs?.totalBytes ?? 0);

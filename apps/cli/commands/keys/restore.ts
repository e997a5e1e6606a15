import { Command } from 'commander';
import { readPassphrase, restoreKeys, type KeyFilePlan } from '@ardoise/backup';
import { readConfig } from '@ardoise/config';
import { resolve } from 'node:path';
import { say, type OutputOptions } from '../../output';

interface KeysRestoreOptions extends OutputOptions {
  readonly from: string;
  readonly passphraseFile: string;
  readonly includeEnded?: boolean;
  readonly yes?: boolean;
}

export function keysRestoreCommand(): Command {
  return new Command('restore')
    .description('put back keys that are missing from the folder of keys; what is there is never overwritten')
    .requiredOption('--from <file>', 'a sealed file of keys')
    .requiredOption('--passphrase-file <file>', 'its first line is the passphrase')
    .option(
      '--include-ended',
      'also key-encryption keys of epochs that are over: what was erased in them can come back',
    )
    .option('--yes', 'do it; without this it only says what it would do')
    .option('--json', 'one line of JSON as the last')
    .action(async (options: KeysRestoreOptions) => {
      const { keysFolder } = readConfig(process.env);
      const { takenAt, files } = await restoreKeys({
        keysFolder,
        from: resolve(options.from),
        passphrase: await readPassphrase(options.passphraseFile),
        write: options.yes === true,
        includeEnded: options.includeEnded === true,
      });
      const done = options.yes === true;
      say(
        options,
        [
          `keys of ${takenAt}`,
          ...files.map(({ name, action }) => `${name}: ${words[action](done)}`),
          ...(done ? [] : ['nothing was written; say --yes to do it']),
        ],
        { takenAt, written: done, files },
      );
      if (!done) process.exitCode = 2;
    });
}

const words: Readonly<Record<KeyFilePlan['action'], (done: boolean) => string>> = {
  add: (done) => (done ? 'put back' : 'would be put back'),
  same: () => 'is there already',
  differs: () => 'another is there, and stays',
  ended: () => 'left out: a newer key is in use, and this one may have been destroyed on purpose (--include-ended)',
};

import { Command } from 'commander';
import { backUpKeys, readPassphrase } from '@ardoise/backup';
import { readConfig } from '@ardoise/config';
import { SystemClock } from '@ardoise/time';
import { resolve } from 'node:path';
import { say, type OutputOptions } from '../../output';

interface KeysBackupOptions extends OutputOptions {
  readonly to: string;
  readonly passphraseFile: string;
}

const risks = [
  'Attention : qui détient ce fichier, sa phrase secrète et une ancienne copie du coffre peut rouvrir ce qui a été effacé depuis.',
  'Gardez-le à part de toute autre copie, et détruisez-le quand prend fin l’époque de clés qu’il contient (« ardoise keys status »).',
  'Beware: whoever holds this file, its passphrase and an old backup of the vault can open what was erased since.',
  'Keep it apart from every other backup, and destroy it when the epoch of keys that it holds ends ("ardoise keys status").',
];

export function keysBackupCommand(): Command {
  return new Command('backup')
    .description('seal the folder of keys into one file: key-encryption keys, signing keys, anchors')
    .requiredOption('--to <file>', 'a file that does not exist yet')
    .requiredOption('--passphrase-file <file>', 'its first line is the passphrase; readable by its owner alone')
    .option('--json', 'one line of JSON as the last')
    .action(async (options: KeysBackupOptions) => {
      const { keysFolder } = readConfig(process.env);
      const to = resolve(options.to);
      const passphrase = await readPassphrase(options.passphraseFile);
      const files = await backUpKeys({ keysFolder, to, passphrase, now: new SystemClock().now() });
      for (const line of risks) process.stderr.write(`${line}\n`);
      say(options, [`${to}: ${files.join(', ')}`], { file: to, files });
    });
}

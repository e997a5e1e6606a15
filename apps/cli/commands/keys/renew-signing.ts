import { Command } from 'commander';
import { readConfig } from '@ardoise/config';
import { renewSigningKey } from '@ardoise/signing';
import { say, type OutputOptions } from '../../output';

interface RenewSigningOptions extends OutputOptions {
  readonly yes?: boolean;
}

export function renewSigningCommand(): Command {
  return new Command('renew-signing')
    .description(
      'make a new key for signing receipts, when the one in use is lost or was stolen; servers must be stopped',
    )
    .option('--yes', 'do it; without this it only says what it would do')
    .option('--json', 'one line of JSON as the last')
    .action(async (options: RenewSigningOptions) => {
      const { keysFolder } = readConfig(process.env);
      if (options.yes !== true) {
        say(
          options,
          [
            `would make a new receipts.ed25519.pem in ${keysFolder}`,
            'of one that is there the public part stays, and the private part goes for good',
            'nothing was written; say --yes to do it',
          ],
          { written: false },
        );
        process.exitCode = 2;
        return;
      }
      const { id, former } = await renewSigningKey(keysFolder, 'receipts');
      const before = former ? `the public key ${former.id} is kept beside it` : 'there was none before';
      say(options, [`receipts are signed with ${id} from now on; ${before}`], {
        written: true,
        id,
        former: former?.id,
      });
    });
}

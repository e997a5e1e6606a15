import { Command } from 'commander';
import { Sweep } from '../../../../src/keys/sweep/sweep';
import { withContext } from '../../context';
import { say, type OutputOptions } from '../../output';

export function keysSweepCommand(): Command {
  return new Command('sweep')
    .description('destroy keys that nothing was ever sealed under, and drop what ended days leave behind')
    .option('--json', 'one line of JSON')
    .action((options: OutputOptions) =>
      withContext('keys sweep', async ({ app }) => {
        process.stderr.write(
          'looking through all keys older than a day; where one looks unused, this waits a minute\n',
        );
        const swept = await app.get(Sweep, { strict: false }).run({ from: new Date(0) });
        const { looked, buried, rows } = swept;
        say(options, [`${looked} keys looked at, ${buried} unused ones destroyed, ${rows} rows of ended days`], swept);
      }),
    );
}

import { Command } from 'commander';
import { withContext } from '../context';
import { say, type OutputOptions } from '../output';

interface DropOptions extends OutputOptions {
  readonly organisation?: string;
}

export function snapshotsCommand(): Command {
  return new Command('snapshots')
    .description('the states that are kept, sealed, beside long streams so that they are read faster')
    .addCommand(listCommand())
    .addCommand(dropCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('how many there are of each organisation')
    .option('--json', 'one line of JSON')
    .action((options: OutputOptions) =>
      withContext('snapshots', async ({ platform }) => {
        const found = await platform.snapshots.count();
        const lines = found.map(
          ({ organisation, snapshots, bytes }) => `${organisation}: ${snapshots} snapshots, ${bytes} bytes`,
        );
        say(options, lines.length === 0 ? ['no snapshot is kept'] : lines, { snapshots: found });
      }),
    );
}

function dropCommand(): Command {
  return new Command('drop')
    .description('throw them away; streams are read in full until others are kept, and nothing else changes')
    .option('--organisation <slug>', 'only those of this organisation')
    .option('--json', 'one line of JSON')
    .action(({ organisation, ...options }: DropOptions) =>
      withContext('snapshots', async ({ platform }) => {
        const dropped = await platform.snapshots.drop(organisation === undefined ? {} : { organisation });
        say(options, [`${dropped} snapshots thrown away`], { dropped });
      }),
    );
}

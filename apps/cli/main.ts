#!/usr/bin/env node
import { Command } from 'commander';
import { eraseCommand } from './commands/erase';
import { exportCommand } from './commands/export';
import { importCommand } from './commands/import';
import { keysCommand } from './commands/keys';
import { rebuildCommand } from './commands/rebuild';
import { recoverCommand } from './commands/recover';
import { replayCommand } from './commands/replay';
import { serveCommand } from './commands/serve';
import { statusCommand } from './commands/status';
import { report } from './report';

const program = new Command('ardoise')
  .description('Learning records that can be replayed, proved and made to forget.')
  .configureHelp({ sortSubcommands: true })
  .showHelpAfterError('(see --help)')
  .addHelpText(
    'after',
    `
The database is the one that DATABASE_URL names; without it, the one that ships with Ardoise, in ARDOISE_DATA.
Exit codes: 0 done, 1 failed, 2 used wrongly, 3 done in part (rows refused, projections stopped), 130 interrupted.`,
  );

for (const command of [
  serveCommand,
  importCommand,
  replayCommand,
  exportCommand,
  eraseCommand,
  rebuildCommand,
  recoverCommand,
  keysCommand,
  statusCommand,
]) {
  program.addCommand(command());
}

program.exitOverride((error) => {
  process.exit(error.exitCode === 0 ? 0 : 2);
});
for (const command of program.commands) {
  command.exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });
}

program.parseAsync().then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => process.exit(report(error)),
);

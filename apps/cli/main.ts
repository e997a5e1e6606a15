#!/usr/bin/env node
import { Command } from 'commander';
import { backupCommand } from './commands/backup';
import { blobsCommand } from './commands/blobs';
import { deadLettersCommand } from './commands/dead-letters';
import { discloseCommand } from './commands/disclose';
import { eraseCommand } from './commands/erase';
import { exportCommand } from './commands/export';
import { importCommand } from './commands/import';
import { keysCommand } from './commands/keys';
import { ledgerCommand } from './commands/ledger';
import { logCommand } from './commands/log';
import { organisationCommand } from './commands/organisation';
import { rebuildCommand } from './commands/rebuild';
import { recoverCommand } from './commands/recover';
import { replayCommand } from './commands/replay';
import { restoreCommand } from './commands/restore';
import { serveCommand } from './commands/serve';
import { statusCommand } from './commands/status';
import { vacuumCommand } from './commands/vacuum';
import { verifyReceiptCommand } from './commands/verify-receipt';
import { webhooksCommand } from './commands/webhooks';
import { endWithReader } from './output';
import { report } from './report';

const program = new Command('ardoise')
  .description('Learning records that can be replayed, proved and made to forget.')
  .configureHelp({ sortSubcommands: true })
  .showHelpAfterError('(see --help)')
  .addHelpText(
    'after',
    `
The database is the one that DATABASE_URL names; without it, the one that ships with Ardoise, in ARDOISE_DATA.
Exit codes: 0 done, 1 failed, 2 used wrongly, 3 done in part (rows refused, projections or rotations stopped, files not as recorded), 130 interrupted.`,
  );

for (const command of [
  serveCommand,
  importCommand,
  replayCommand,
  exportCommand,
  discloseCommand,
  eraseCommand,
  rebuildCommand,
  backupCommand,
  restoreCommand,
  recoverCommand,
  keysCommand,
  ledgerCommand,
  logCommand,
  vacuumCommand,
  statusCommand,
  blobsCommand,
  organisationCommand,
  verifyReceiptCommand,
  webhooksCommand,
  deadLettersCommand,
]) {
  program.addCommand(command());
}

exitAsTold(program);
endWithReader();

/** Of a command and those below it: help is success, and whatever cannot be understood is used wrongly. */
function exitAsTold(command: Command): void {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  command.commands.forEach(exitAsTold);
}

program.parseAsync().then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => process.exit(report(error)),
);

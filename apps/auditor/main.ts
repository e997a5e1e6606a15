#!/usr/bin/env node
import { Command } from 'commander';
import { endWithReader } from '../cli/output';
import { checkDisclosureCommand } from './commands/check-disclosure';
import { checkErasureCommand } from './commands/check-erasure';
import { checkProofCommand } from './commands/check-proof';
import { diffCommand } from './commands/diff';
import { proveCommand } from './commands/prove';
import { proveConsistencyCommand } from './commands/prove-consistency';
import { replayCommand } from './commands/replay';
import { report } from './commands/report';
import { verifyCommand } from './commands/verify';
import { witnessCommand } from './commands/witness';

const program = new Command('ardoise-audit')
  .description('Verifies the ledger of an organisation: without a key, a database or a network.')
  .configureHelp({ sortSubcommands: true })
  .showHelpAfterError('(see --help)')
  .addHelpText(
    'after',
    `
A bundle is what "ardoise export --bundle" writes: one archive, or its unpacked folder. An address is that of a ledger,
…/v1/organisations/SLUG/ledger/.
Exit codes: 0 verified or done, 1 refused or failed, 2 used wrongly, 3 verified in part, 130 interrupted.`,
  );

for (const command of [
  verifyCommand,
  proveCommand,
  proveConsistencyCommand,
  checkProofCommand,
  checkDisclosureCommand,
  checkErasureCommand,
  replayCommand,
  diffCommand,
  witnessCommand,
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

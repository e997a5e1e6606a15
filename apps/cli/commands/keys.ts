import { Command } from 'commander';
import { keysBackupCommand } from './keys/backup';
import { keysRestoreCommand } from './keys/restore';

/** What an operator does with keys: one file for each subcommand. */
export function keysCommand(): Command {
  const command = new Command('keys').description('what concerns the keys: their backup, kept apart from all others');
  for (const sub of [keysBackupCommand, keysRestoreCommand]) command.addCommand(sub());
  return command;
}

import { Command } from 'commander';
import { keysBackupCommand } from './keys/backup';
import { keysRestoreCommand } from './keys/restore';
import { endDayCommand } from './keys/end-day';
import { renewLedgerCommand } from './keys/renew-ledger';
import { renewSigningCommand } from './keys/renew-signing';
import { rotateCommand } from './keys/rotate';
import { keysStatusCommand } from './keys/status';
import { keysSweepCommand } from './keys/sweep';

export function keysCommand(): Command {
  return new Command('keys')
    .description('the keys that make events readable, and forgotten ones unreadable')
    .addCommand(keysStatusCommand())
    .addCommand(endDayCommand())
    .addCommand(rotateCommand())
    .addCommand(renewSigningCommand())
    .addCommand(renewLedgerCommand())
    .addCommand(keysBackupCommand())
    .addCommand(keysRestoreCommand())
    .addCommand(keysSweepCommand());
}

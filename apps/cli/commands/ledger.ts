import { Command } from 'commander';
import { ledgerRebuildCommand } from './ledger/rebuild';
import { ledgerStatusCommand } from './ledger/status';

export function ledgerCommand(): Command {
  return new Command('ledger')
    .description('the trees that follow the logs, and what was signed of them')
    .addCommand(ledgerStatusCommand())
    .addCommand(ledgerRebuildCommand());
}

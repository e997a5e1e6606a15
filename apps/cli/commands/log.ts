import { Command } from 'commander';
import { logCopyCommand } from './log/copy';

export function logCommand(): Command {
  return new Command('log')
    .description('the log as a whole, and the engine that it lies on')
    .addCommand(logCopyCommand());
}

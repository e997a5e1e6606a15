import { Command } from 'commander';
import { keysSweepCommand } from './keys/sweep';

/** What an operator does with keys: one file for each subcommand. */
export function keysCommand(): Command {
  const command = new Command('keys').description('what concerns the keys');
  for (const sub of [keysSweepCommand]) command.addCommand(sub());
  return command;
}

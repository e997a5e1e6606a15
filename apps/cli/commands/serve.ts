import { Command } from 'commander';
import { serve } from '../../../src/serve';

export function serveCommand(): Command {
  return new Command('serve').description('start the server; Ctrl-C stops it').action(() => serve());
}

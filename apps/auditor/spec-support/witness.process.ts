import { witnessCommand } from '../commands/witness';

/** The command in a process of its own. */
witnessCommand()
  .parseAsync(process.argv.slice(2), { from: 'user' })
  .catch((error: { code?: string }) => {
    process.stderr.write(`${error.code ?? 'unknown'}\n`);
    process.exitCode = 1;
  });

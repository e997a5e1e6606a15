import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { placesOf } from './engine';

const root = join(__dirname, '../..');
const program = ['-r', join(root, 'tools', 'typescript-hook.cjs'), join(root, 'apps', 'cli', 'main.ts')];

/** What a command of ours ended with. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `ardoise` as an operator does, in a process of its own, on a database and wherever the log of that is. */
export async function runArdoise(
  databaseUrl: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const env = { ...process.env, ...(await placesOf(databaseUrl)), ...environment };
  return new Promise((resolve) =>
    execFile(process.execPath, [...program, ...words], { env, cwd: root }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    ),
  );
}

import { ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** Runs a TypeScript file of ours in another operating-system process, with a channel for messages. */
export function forkTypeScript(file: string, args: readonly string[] = []): ChildProcess {
  return fork(file, [...args], {
    execArgv: ['--require', join(__dirname, '..', '..', 'tools', 'typescript-hook.cjs')],
  });
}

/** The next message of such a process; rejects when it ends without one. */
export function messageFrom<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the process ended with ${code} and sent no message`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
}

/** What was sent to another process as JSON, with its buffers. */
export function revived<T>(text: string): T {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value
      ? Buffer.from(value.data as number[])
      : value,
  ) as T;
}

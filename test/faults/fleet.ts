import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-port';

const root = join(__dirname, '../..');
const hook = join(root, 'tools/typescript-hook.cjs');

/** A process of ours that is killed and started again. */
export interface Member {
  readonly name: string;
  /** Base address of a server; absent for a worker. */
  readonly url?: string;
  start(): Promise<void>;
  /** SIGKILL, and its end awaited. */
  kill(): Promise<void>;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
}

/** A server process on a free port. */
export async function serverMember(name: string, environment: Record<string, string>): Promise<Member> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return member(
    name,
    'src/main.ts',
    { ...environment, PORT: String(port) },
    () => () => answers(`${url}/health/ready`),
    url,
  );
}

/** A worker process. */
export function workerMember(name: string, environment: Record<string, string>): Member {
  return member(name, 'apps/worker/main.ts', { ...environment, LOG_LEVEL: 'info' }, (child) => {
    let said = '';
    child.stdout?.on('data', (piece: Buffer) => (said += piece.toString()));
    return () => Promise.resolve(said.includes('ready'));
  });
}

function member(
  name: string,
  file: string,
  environment: Record<string, string>,
  readiness: (child: ChildProcess) => () => Promise<boolean>,
  url?: string,
): Member {
  let child: ChildProcess | undefined;
  const ended = (): Promise<number | null> =>
    new Promise((resolve) => {
      if (!child || child.exitCode !== null || child.signalCode !== null) resolve(child?.exitCode ?? null);
      else child.once('exit', (code) => resolve(code));
    });
  return {
    name,
    ...(url === undefined ? {} : { url }),
    async start() {
      child = fork(join(root, file), {
        cwd: root,
        execArgv: ['-r', hook],
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
      });
      const ready = readiness(child);
      child.stdout?.resume();
      const end = Date.now() + 60_000;
      while (!(await ready())) {
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it was ready`);
        if (Date.now() > end) throw new Error(`${name} was not ready in a minute`);
        await delay(50);
      }
    },
    async kill() {
      child?.kill('SIGKILL');
      await ended();
    },
    async stop() {
      child?.kill('SIGTERM');
      return ended();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

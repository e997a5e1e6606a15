import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = join(__dirname, '../..');
const patience = 60_000;

/** A server in a process of its own, which dies right after a step that it is told. */
export class SteppingServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** @param ahead milliseconds that its clock is ahead of the machine's */
  static async start(environment: Record<string, string>, ahead: number): Promise<SteppingServer> {
    const child = fork(join(root, 'test/faults/stepping-server.process.ts'), {
      cwd: root,
      execArgv: ['-r', join(root, 'tools/typescript-hook.cjs')],
      env: { ...process.env, ...environment, ARDOISE_TEST_AHEAD: String(ahead) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const { url } = await told<{ url: string }>(child, 'started');
    return new SteppingServer(child, url);
  }

  async killAt(step: string): Promise<void> {
    this.child.send({ killAt: step });
    await told(this.child, 'armed');
  }

  /** Waits until it has died of its own hand. */
  async died(step: string): Promise<void> {
    const { exitCode, signalCode } = this.child;
    const over = exitCode !== null || signalCode !== null;
    if (!over) await orLate(once(this.child, 'exit'), `the step ${step} was never announced`);
    if (this.child.signalCode !== 'SIGKILL') throw new Error(`the server ended by itself at ${step}`);
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.url + path)).json()) as T;
  }

  /** A command; undefined when the server died before it had answered. */
  async post<T>(path: string, key: string): Promise<T | undefined> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    try {
      const answer = await fetch(this.url + path, { method: 'POST', headers, body: '{}' });
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    } catch (error) {
      // By its name: the runtime's own TypeError is another than the one that a spec sees.
      if ((error as Error).name === 'TypeError') return undefined;
      throw error;
    }
  }
}

async function told<T>(child: ChildProcess, what: string): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${code} before it ${what}`);
  });
  const [message] = (await orLate(Promise.race([once(child, 'message'), ended]), `not ${what}`)) as unknown as [T];
  return message;
}

async function orLate<T>(promise: Promise<T>, why: string): Promise<T> {
  const waited = new AbortController();
  const late = delay(patience, undefined, { signal: waited.signal }).then(() => {
    throw new Error(`waited a minute in vain: ${why}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    waited.abort();
    late.catch(() => undefined);
  }
}

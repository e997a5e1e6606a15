import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { forkTypeScript, messageFrom } from '@ardoise/testing';

/** A server in a process of its own, as `http-server.process.ts` makes it. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** What such a process is told. */
export interface ServerOrder {
  readonly kind: 'ardoise' | 'bare';
  readonly databaseUrl: string;
  readonly folder: string;
}

export async function startServerProcess(order: ServerOrder): Promise<ServerProcess> {
  const child: ChildProcess = forkTypeScript(join(__dirname, 'http-server.process.ts'));
  const answer = messageFrom<{ readonly url: string }>(child);
  child.send(order);
  const { url } = await answer;
  return {
    url,
    pid: child.pid as number,
    async stop() {
      const ended = once(child, 'exit');
      child.send('stop');
      await ended;
    },
  };
}

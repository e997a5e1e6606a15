import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// A relative path: jest's global setup knows no path aliases.
import { startEmbedded } from '../postgres';

/** A PostgreSQL in a temporary folder, for one run or one spec. */
export interface TestServer {
  /** Of the superuser, for the database `ardoise`; the same after a restart. */
  readonly url: string;
  /** Kills the server as a power cut would, without a word to anybody; what it had made durable stays. */
  crash(): void;
  /** Starts it again on the same port, after a crash or a stop. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and deletes the folder. */
  remove(): Promise<void>;
}

/** Starts a PostgreSQL of its own. Settings as in postgresql.conf; fsync is on unless they say otherwise. */
export async function startTestServer(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-test-'));
  // As root, PostgreSQL runs as another user, who has to enter the folder.
  chmodSync(folder, 0o711);
  const dataFolder = join(folder, 'postgres');
  const run = (port?: number) =>
    startEmbedded({ dataFolder, log: () => undefined, settings, ...(port ? { port } : {}) });
  let running = await run();
  const { url } = running;
  return {
    url,
    crash: () => {
      process.kill(Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
    },
    start: async () => {
      running = await run(Number(new URL(url).port));
    },
    stop: () => running.stop(),
    remove: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, startEmbedded } from '@ardoise/postgres';
import type { Client } from 'pg';

/** The PostgreSQL of one run, in a temporary folder, as it is when Ardoise starts it: fsync on. */
export interface BenchServer {
  readonly folder: string;
  /** For the server's version and settings; its backend is how the server's processes are found. */
  readonly client: Client;
  readonly backend: number;
  /** Makes an empty database and gives its URL. */
  database(name: string): Promise<string>;
  remove(): Promise<void>;
}

export async function startBenchServer(settings: Readonly<Record<string, string>> = {}): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-bench-'));
  // As root, PostgreSQL runs as another user, who has to enter the folder.
  chmodSync(folder, 0o711);
  const server = await startEmbedded({ dataFolder: join(folder, 'postgres'), log: () => undefined, settings });
  const client = createClient(server.url, { applicationName: 'ardoise bench' });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return {
    folder,
    client,
    backend: rows[0]?.pid ?? 0,
    async database(name) {
      await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async remove() {
      await client.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

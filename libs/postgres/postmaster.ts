import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readPassword, run, superuser } from './cluster';
import { giveTo, Place } from './place';
import { createClient } from './pool';
import { commandLine } from './process-identity';
import { isUnavailable } from './unavailable';

/** Linux gives no process a number beyond 2^22. */
const nobodysPid = 2_147_483_646;
const patience = 60_000;

/** The port of the living server of this folder, once it answers; undefined when there is none. */
export async function livingPort(place: Place): Promise<number | undefined> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    const found = readPidFile(place);
    if (!found || !isPostmaster(place, found.pid)) return undefined;
    if (found.port !== undefined && (await answers(place, found.port))) return found.port;
    await delay(100);
  }
  throw new Error(`the PostgreSQL of ${place.data} runs and does not answer`);
}

/**
 * Starts the server, detached: it outlives a kill of our process and is found again by its postmaster.pid.
 * A second process may take a free port between our look and the server's, hence the repetition.
 */
export async function startServer(place: Place, wantedPort?: number): Promise<number> {
  disownForeignPid(place);
  const startLog = join(place.data, 'start.log');
  writeFileSync(startLog, '', { mode: 0o600 });
  giveTo(place.user, startLog);
  for (let attempt = 1; ; attempt++) {
    const port = wantedPort ?? (await freePort());
    try {
      await run(place, 'pg_ctl', ['start', '-w', '-t', '120', '-D', place.data, '-l', startLog, '-o', `-p ${port}`]);
      return port;
    } catch (error) {
      // After a crash, processes of the dead server may need a moment to notice, and hold its memory until then.
      if (attempt >= 5) {
        const said = existsSync(startLog) ? readFileSync(startLog, 'utf8').trim().slice(-2000) : '';
        throw new Error(`the embedded PostgreSQL did not start (${place.data}): ${said}`, { cause: error });
      }
      await delay(200 * attempt);
    }
  }
}

export async function stopServer(place: Place): Promise<void> {
  const found = readPidFile(place);
  if (!found || !isPostmaster(place, found.pid)) return;
  await run(place, 'pg_ctl', ['stop', '-w', '-t', '60', '-m', 'fast', '-D', place.data]);
}

/** A connection URL for the owner of everything. */
export function ownerUrl(place: Place, port: number, database: string): string {
  return `postgres://${superuser}:${encodeURIComponent(readPassword(place))}@127.0.0.1:${port}/${database}`;
}

/** Makes the product's database unless it is there. */
export async function ensureDatabase(place: Place, port: number, database: string): Promise<void> {
  const client = createClient(ownerUrl(place, port, 'postgres'), { applicationName: 'ardoise start' });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
  } finally {
    await client.end();
  }
}

function readPidFile(place: Place): { pid: number; port: number | undefined } | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const port = Number(lines[3]);
  return { pid: Number(lines[0]), port: port > 0 ? port : undefined };
}

/** Process numbers come round again, after a reboot above all: a living number alone proves nothing. */
function isPostmaster(place: Place, pid: number): boolean {
  if (!(pid > 0)) return false;
  if (process.platform === 'win32') return true;
  return `${commandLine(pid) ?? ''} `.includes(`-D ${place.data} `);
}

/**
 * PostgreSQL refuses to start while the process named in postmaster.pid exists, even when it is somebody else's or a
 * zombie. Only the number is changed: by the rest of the file the server finds orphans of its predecessor, and waits
 * for them rather than write the same files.
 */
function disownForeignPid(place: Place): void {
  const found = readPidFile(place);
  if (!found || isPostmaster(place, found.pid)) return;
  const path = join(place.data, 'postmaster.pid');
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, [nobodysPid, ...lines.slice(1)].join('\n'));
}

async function answers(place: Place, port: number): Promise<boolean> {
  const client = createClient(ownerUrl(place, port, 'postgres'), { applicationName: 'ardoise start' });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw new Error(`the PostgreSQL of ${place.data} does not let us in`, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

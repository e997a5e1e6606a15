import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port';

const patience = 60_000;

interface Places {
  readonly folder: string;
  readonly port: number;
  readonly replicationPort: number;
}

/** One node of EventStoreDB, on whose files a test can lay its hands. */
export class LogNode {
  private constructor(
    private readonly command: string,
    private readonly places: Places,
    private readonly root: string,
    private child: ChildProcess,
  ) {}

  /** @param command runs a node in the foreground, with its files in `$FOLDER` and at `$PORT` and `$REPLICATION_PORT` */
  static async start(command: string): Promise<LogNode> {
    const root = mkdtempSync(join(tmpdir(), 'ardoise-node-'));
    const places = { folder: join(root, 'data'), port: await freePort(), replicationPort: await freePort() };
    mkdirSync(places.folder);
    return new LogNode(command, places, root, await run(command, places));
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.places.port}?tls=false`;
  }

  /** Where its files are. */
  get folder(): string {
    return this.places.folder;
  }

  /** Copies its files while it runs, as its documentation says; gives a way to put them back. */
  copy(): () => Promise<void> {
    const copy = mkdtempSync(join(this.root, 'copy-'));
    const isMark = (name: string): boolean => name.endsWith('.chk');
    const names = readdirSync(this.folder, { recursive: true, encoding: 'utf8' });
    for (const wanted of [true, false]) {
      for (const name of names.filter((one) => isMark(one) === wanted)) {
        cpSync(join(this.folder, name), join(copy, name), { recursive: !isMark(name) });
      }
    }
    return () =>
      this.stopped(() => {
        rmSync(this.folder, { recursive: true });
        cpSync(copy, this.folder, { recursive: true });
        cpSync(join(this.folder, 'chaser.chk'), join(this.folder, 'truncate.chk'));
      });
  }

  /** Writes over bytes in its files, as whoever has the disk can. What is written over stands there once. */
  overwrite(changes: readonly (readonly [bytes: Buffer, others: Buffer])[]): Promise<void> {
    return this.stopped(() => {
      const chunks = readdirSync(this.folder).filter((name) => name.startsWith('chunk-'));
      const files = chunks.map((name) => ({
        path: join(this.folder, name),
        content: readFileSync(join(this.folder, name)),
      }));
      const found = changes.map(([bytes, others]) => {
        if (bytes.length !== others.length) throw new Error(`${bytes.length} bytes cannot become ${others.length}`);
        const places = files.flatMap(({ content }) => placesOf(content, bytes).map((at) => ({ content, at, others })));
        if (places.length !== 1) throw new Error(`these bytes stand in ${places.length} places`);
        return places;
      });
      for (const { content, at, others } of found.flat()) others.copy(content, at);
      for (const { path, content } of files) writeFileSync(path, content);
    });
  }

  async remove(): Promise<void> {
    await end(this.child);
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Nothing is between what it acknowledged and its files: it is killed. */
  private async stopped(work: () => void): Promise<void> {
    await end(this.child);
    work();
    this.child = await run(this.command, this.places);
  }
}

/** The server takes every variable that begins with EVENTSTORE_ for an option of its own. */
async function run(command: string, { folder, port, replicationPort }: Places): Promise<ChildProcess> {
  const others = Object.entries(process.env).filter(([variable]) => !variable.startsWith('EVENTSTORE_'));
  const ports = { PORT: String(port), REPLICATION_PORT: String(replicationPort) };
  const env = { ...Object.fromEntries(others), ...ports, FOLDER: folder };
  const child = spawn(command, { shell: true, detached: true, stdio: 'ignore', env });
  const deadline = Date.now() + patience;
  while (!(await isLive(port))) {
    if (child.exitCode !== null) throw new Error(`EVENTSTORE_NODE ended with ${child.exitCode} before it served`);
    if (Date.now() > deadline) throw new Error('EVENTSTORE_NODE did not serve within a minute');
    await delay(50);
  }
  return child;
}

/** Live is the node that leads, and takes appends. */
async function isLive(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

function placesOf(chunk: Buffer, bytes: Buffer): number[] {
  const places: number[] = [];
  for (let at = chunk.indexOf(bytes); at >= 0; at = chunk.indexOf(bytes, at + 1)) places.push(at);
  return places;
}

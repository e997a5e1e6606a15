import { eventStoreMigrations, PostgresEventStore } from '@ardoise/event-store';
import { randomBytes, randomId } from '@ardoise/format';
import { openCheckpoint, parseNote, verifierKey } from '@ardoise/ledger';
import { createPool, migrate } from '@ardoise/postgres';
import { Ledger, ledgerMigrations, sequencerSteps, type Tree } from '@ardoise/sequencer';
import { FileLedgerKeys } from '@ardoise/signing';
import { createTestDatabase, forkTypeScript, messageFrom, type TestDatabase } from '@ardoise/testing';
import { SystemClock } from '@ardoise/time';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { onPostgres } from '../support/engine';
import type { SequencingTask } from './ledger.process';

/** How often a sequencer is killed; the full run takes 50. */
const kills = Number(process.env.ARDOISE_KILLS ?? 4);
jest.setTimeout(120_000 + kills * 20_000);

const organisations = ['ada', 'mira'];

/** A sequencer in a process of its own, that is started again whenever it has died. */
class Sequencing {
  private child: ChildProcess;
  private ended: Promise<unknown>;

  constructor(private readonly task: SequencingTask) {}

  async start(): Promise<void> {
    this.child = forkTypeScript(join(__dirname, 'ledger.process.ts'), [JSON.stringify(this.task)]);
    this.ended = once(this.child, 'exit');
    await messageFrom(this.child);
  }

  dieAfter(step?: string): void {
    if (!this.isOver()) this.child.send({ dieAfter: step }, () => undefined);
  }

  isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  over(): Promise<unknown> {
    return this.ended;
  }

  /** Died as it was told, and not by itself. */
  mustBeKilled(): void {
    expect(this.child.signalCode).toBe('SIGKILL');
  }

  async stop(): Promise<void> {
    if (this.isOver()) return;
    this.child.send('stop');
    await this.ended;
    expect(this.child.exitCode).toBe(0);
  }

  async kill(): Promise<void> {
    if (this.isOver()) return;
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

onPostgres('kill -9 of sequencers while two live and others write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-ledger-faults-'));
  let database: TestDatabase;
  let pools: Pool[];
  let store: PostgresEventStore;
  let ledger: Ledger;
  let processes: Sequencing[];
  let task: SequencingTask;
  let isOver = false;
  /** Checkpoints as somebody read them while sequencers came and went. */
  const seen = new Map<string, Buffer>();

  beforeAll(async () => {
    database = await createTestDatabase();
    const { url } = database;
    await migrate(url, [...eventStoreMigrations, ...ledgerMigrations]);
    const logPool = createPool(url, { role: 'ardoise_log', applicationName: 'writers' });
    const pool = createPool(url, { role: 'ardoise_ledger', applicationName: 'reader' });
    pools = [logPool, pool];
    store = new PostgresEventStore({ pool: logPool, listenUrl: url });
    ledger = new Ledger({ pool, store });
    task = { url, keysFolder: join(folder, 'keys'), leaseMilliseconds: 400 };
    processes = [new Sequencing(task), new Sequencing(task)];
    await Promise.all(processes.map((one) => one.start()));
  });

  afterAll(async () => {
    isOver = true;
    await Promise.all(processes.map((one) => one.kill()));
    await store.close();
    await Promise.all(pools.map((pool) => pool.end()));
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function write(organisation: string): Promise<void> {
    while (!isOver) {
      const events = Array.from({ length: 7 }, () => ({
        header: randomBytes(150),
        sections: randomBytes(20),
        command: randomBytes(32),
      }));
      await store.append({ organisation, stream: `spec-${randomId()}`, expectedVersion: 0, events });
      await delay(5);
    }
  }

  /** What was given to anybody at any time is remembered, and must be there for ever. */
  async function read(organisation: string): Promise<void> {
    while (!isOver) {
      const entry = await ledger.latest(organisation);
      if (entry) {
        const key = `${organisation}/${entry.incarnation}/${entry.size}`;
        const before = seen.get(key);
        if (before && !before.equals(entry.note)) throw new Error(`two checkpoints are signed for ${key}`);
        seen.set(key, entry.note);
      }
      await delay(10);
    }
  }

  it('leaves one tree without a fork, and every event in it', async () => {
    const work = organisations.flatMap((organisation) => [write(organisation), read(organisation)]);
    for (let kill = 0; kill < kills; kill++) {
      const step = sequencerSteps[kill % sequencerSteps.length];
      for (const one of processes) one.dieAfter(step);
      await Promise.race(processes.map((one) => one.over()));
      for (const one of processes) one.dieAfter();
      for (const one of processes) {
        if (!one.isOver()) continue;
        one.mustBeKilled();
        await one.start();
      }
    }
    isOver = true;
    await Promise.all(work);
    // A last one alone signs what is there when it stops.
    await Promise.all(processes.map((one) => one.stop()));
    const last = new Sequencing(task);
    await last.start();
    for (const organisation of organisations) await signedToTheEnd(organisation);
    await last.stop();
    expect(seen.size).toBeGreaterThan(kills);
    for (const organisation of organisations) await check(organisation);
  });

  async function signedToTheEnd(organisation: string): Promise<void> {
    const head = await store.head(organisation);
    for (let i = 0; i < 600; i++) {
      if (((await ledger.latest(organisation))?.position ?? 0n) >= head) return;
      await delay(50);
    }
    throw new Error(`nobody signed for ${organisation} to the end`);
  }

  async function check(organisation: string): Promise<void> {
    const keys = await FileLedgerKeys.open({ folder: task.keysFolder, clock: new SystemClock(), create: false });
    const trees = await ledger.trees(organisation);
    expect(trees).toHaveLength(1);
    const [tree] = trees as [Tree];
    const [key] = await keys.published();
    const verifier = verifierKey(tree.origin, 1, key!.publicKey);
    let checkpoints = 0;
    for await (const { size, root, note } of ledger.checkpoints(tree)) {
      expect(openCheckpoint(note, [verifier]).checkpoint).toEqual({ origin: tree.origin, size, root });
      expect(parseNote(note).signatures).toHaveLength(1);
      const given = seen.get(`${organisation}/1/${size}`);
      if (given) expect(given.equals(note)).toBe(true);
      seen.delete(`${organisation}/1/${size}`);
      checkpoints += 1;
    }
    // All that anybody was given is still there.
    expect([...seen.keys()].filter((name) => name.startsWith(`${organisation}/`))).toEqual([]);
    // A rebuild meets the root of every checkpoint, or throws.
    const { root } = (await ledger.latest(organisation))!;
    expect(await ledger.rebuild(organisation)).toEqual({ size: Number(await store.head(organisation)), root });
    process.stdout.write(`${organisation}: ${kills} kills, ${tree.size} leaves, ${checkpoints} checkpoints\n`);
  }
});

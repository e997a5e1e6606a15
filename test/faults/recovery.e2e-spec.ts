import { fork } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '@ardoise/format';
import { createClient } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { recoverySteps } from '../../src/keys/recovery/recovery';
import { placesOf } from '../support/engine';
import { copyOf, type Copy } from '../support/put-back';
import { startTestServer, until, type TestServer } from '../support/server';
import { createCourse, openSession, registerLearner, tellStory } from '../support/story';
import { wholeLogOf } from '../support/whole-log';

const root = join(__dirname, '../..');

interface Ended {
  readonly recovered: boolean;
  readonly quarantined: boolean;
  readonly done: readonly string[];
}

/**
 * A log and a vault from before an erasure, the vault older than the log, the anchor in place: what had ended is to end
 * again, what the vault lacks is lost. The recovery is killed after each of its steps, and run again.
 */
describe('a recovery that is killed', () => {
  let database: TestDatabase;
  let folder: string;
  let restored: Copy;
  let person: string;
  let expected: unknown;

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'ardoise-recovery-'));
    const keysFolder = join(folder, 'keys');
    const server = await startTestServer({ databaseUrl: database.url, keysFolder });
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    ({ person } = await tellStory(server, 'Erased', { course, session }));
    const vault = await copyOf(database.url, 'vault');
    await registerLearner(server, 'Late');
    const rest = await copyOf(database.url, 'log', 'read', 'reactions', 'erasures');
    await erase(server, person);
    await server.close();
    await vault.putBack();
    await rest.putBack();
    restored = await copyOf(database.url, 'vault', 'log', 'read', 'reactions', 'erasures');
    cpSync(keysFolder, join(folder, 'kept'), { recursive: true, preserveTimestamps: true });
    expect(await recover()).toEqual({ recovered: true, quarantined: false, done: Object.values(recoverySteps) });
    expected = await standing();
  });

  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function erase(server: TestServer, id: string): Promise<void> {
    const { body } = await server.post(`/persons/${id}/erasures`).expect(202);
    await server.settled();
    await until(async () => (await server.get(`/erasures/${body.id}`)).body.state === 'completed');
  }

  /** The process's last word; undefined when it was killed. */
  const recover = async (dieAfter = ''): Promise<Ended | undefined> => {
    const places = await placesOf(database.url);
    return new Promise((resolve, reject) => {
      const child = fork(join(root, 'test/faults/recovery.process.ts'), ['mira', dieAfter], {
        cwd: root,
        execArgv: ['-r', join(root, 'tools/typescript-hook.cjs')],
        env: {
          ...process.env,
          ...places,
          ARDOISE_DATA: join(folder, 'data'),
          ARDOISE_KEYS: join(folder, 'keys'),
          ARDOISE_KEY_LEASE_MS: '0',
          LOG_LEVEL: 'silent',
        },
      });
      let word: Ended | undefined;
      child.on('message', (message: Ended) => (word = message));
      child.on('error', reject);
      child.on('exit', (code, signal) =>
        code === 0 || signal === 'SIGKILL' ? resolve(word) : reject(new Error(`the recovery ended with ${code}`)),
      );
    });
  };

  /** What must be the same whatever happened on the way: every key's state, and what the log says of keys. */
  async function standing(): Promise<unknown> {
    const client = createClient(database.url, { applicationName: 'spec' });
    await client.connect();
    try {
      const log = await wholeLogOf(database.url);
      // On EventStoreDB a position is a place among all that the engine wrote: what counts is how many events lie before it.
      const events = (position: string): number => log.filter((event) => event.position <= BigInt(position)).length;
      const counting = (lines: readonly string[]): string[] =>
        lines.map((line) => line.replace(/ (\d+)/g, (_, position: string) => ` ${events(position)}`));
      const ask = async (text: string) => (await client.query<{ line: string }>(text)).rows.map(({ line }) => line);
      return {
        units: await ask(
          `SELECT unit || ' ' || state || ' ' || coalesce(ground, '') AS line FROM vault.units ORDER BY 1`,
        ),
        endings: await ask(`SELECT id || ' ' || encode(fingerprint, 'hex') AS line FROM vault.endings ORDER BY 1`),
        persons: await ask(`SELECT person || ' ' || state AS line FROM vault.persons ORDER BY 1`),
        events: counted(log.map(({ header }) => readHeader(header).type)),
        trees: counting(
          await ask(
            `SELECT incarnation || ' ' || origin || ' ' || after || ' ' || coalesce(through::text, '') AS line
             FROM ledger.trees WHERE organisation = 'mira' ORDER BY 1`,
          ),
        ),
        back: counting(
          await ask(`SELECT projection || ' ' || position AS line FROM read.checkpoints
                          WHERE organisation = 'mira' AND generation = 'live' ORDER BY 1`),
        ),
      };
    } finally {
      await client.end();
    }
  }

  it('had something to do: a person fenced and erased, units lost, one gap, the ledger reopened', () => {
    expect(expected).toMatchObject({
      persons: expect.arrayContaining([`${person} erased`]),
      events: expect.arrayContaining(['gap-recorded 1', 'keys-lost 1', 'ledger-reopened 1']),
      trees: [expect.stringMatching(/^1 /), expect.stringMatching(/^2 /)],
    });
  });

  it.each(Object.values(recoverySteps))('after %s ends as if it had not been', async (step) => {
    await restored.putBack();
    rmSync(join(folder, 'keys'), { recursive: true });
    cpSync(join(folder, 'kept'), join(folder, 'keys'), { recursive: true, preserveTimestamps: true });
    expect(await recover(step)).toBeUndefined();
    const again = await recover();
    expect(again?.quarantined).toBe(false);
    expect(await standing()).toEqual(expected);
    expect(await recover()).toMatchObject({ recovered: false, done: [] });
  });
});

/** How often each of them is there. */
function counted(types: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const type of types) times.set(type, (times.get(type) ?? 0) + 1);
  return [...times].map(([type, count]) => `${type} ${count}`).sort();
}

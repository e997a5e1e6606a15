import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { noteType, openCheckpoint, parseNote, verifierKey, verifyNote } from '@ardoise/ledger';
import type { CheckpointEntry } from '@ardoise/sequencer';
import { verifyStatements } from '@ardoise/signing';
import { createTestDatabase } from '@ardoise/testing';
import { verifyTimestamp } from '@ardoise/timestamps';
import { hasOpenssl, TimestampAuthority } from '../libs/testing/timestamp-authority';
import { Processes } from '../src/platform/processes';
import { runArdoise, type CommandResult } from './support/command';
import { startTestServer, type TestServer } from './support/server';
import { registerLearner } from './support/story';

const day = 86_400_000;

interface KeyView {
  readonly id: string;
  readonly rawPublicKey: string;
  readonly verifierKey: string;
  readonly until?: string;
  readonly statement?: string;
}

/** What anybody's next event is signed with. */
async function nextCheckpoint(server: TestServer, name: string): Promise<CheckpointEntry> {
  await registerLearner(server, name);
  return server.platform.sequencer.sequenced('mira', await server.platform.store.head('mira'));
}

describe("the ledger's keys", () => {
  let server: TestServer;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-ledger-keys-'));
  const keysFolder = join(folder, 'keys');

  beforeAll(async () => {
    database = await createTestDatabase();
    const environment = { ARDOISE_LEDGER_ORIGIN: 'ledger.example/ardoise' };
    // The command has the machine's clock.
    server = await startTestServer({
      databaseUrl: database.url,
      keysFolder,
      environment,
      now: new Date().toISOString(),
    });
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ardoise = (...words: string[]): Promise<CommandResult> =>
    runArdoise(database.url, ['keys', ...words], {
      ARDOISE_DATA: join(folder, 'data'),
      ARDOISE_KEYS: keysFolder,
      ARDOISE_LEDGER_ORIGIN: 'ledger.example/ardoise',
    });
  const published = async (): Promise<KeyView[]> => (await server.http().get('/v1/ledger-keys').expect(200)).body;
  const signersOf = (entry: CheckpointEntry, keys: readonly KeyView[]): string[] => {
    const origin = 'ledger.example/ardoise/mira/1';
    const note = parseNote(entry.note);
    return keys
      .filter(({ rawPublicKey }) => {
        const key = verifierKey(origin, noteType, Buffer.from(rawPublicKey, 'base64'));
        return note.signatures.some(({ id }) => id.equals(key.id)) && verifyNote(note, [key]).length === 1;
      })
      .map(({ id }) => id);
  };

  it('are renewed while the server runs, which signs with both from then on', async () => {
    const [first] = await published();
    expect(signersOf(await nextCheckpoint(server, 'Before'), [first!])).toEqual([first!.id]);

    const asked = await ardoise('renew-ledger', '--json');
    expect([asked.code, JSON.parse(asked.out)]).toEqual([2, { written: false }]);
    expect(readdirSync(keysFolder).filter((name) => name.startsWith('ledger'))).toHaveLength(2);
    const { code, out } = await ardoise('renew-ledger', '--overlap', '2d', '--yes', '--json');
    expect(code).toBe(0);
    const told = JSON.parse(out) as { id: string; former: string; statement: string };
    expect(told).toMatchObject({ written: true, former: first!.id });

    const keys = await published();
    expect(keys.map(({ id }) => id)).toEqual([told.id, first!.id]);
    expect(keys[0]).toMatchObject({
      statement: told.statement,
      verifierKey: expect.stringMatching(/^ledger\.example\/ardoise\+/),
    });
    const known = Buffer.from(first!.rawPublicKey, 'base64');
    expect(verifyStatements('ledger.example/ardoise', known, [told.statement])).toHaveLength(2);
    const both = await nextCheckpoint(server, 'During');
    expect(signersOf(both, keys)).toEqual(keys.map(({ id }) => id));
    // Who knows the old key only believes what is signed in the overlap.
    const old = verifierKey('ledger.example/ardoise/mira/1', noteType, known);
    expect(openCheckpoint(both.note, [old]).checkpoint.size).toBe(both.size);

    server.clock.advance(3 * day);
    expect(signersOf(await nextCheckpoint(server, 'After'), keys)).toEqual([told.id]);
    expect(readdirSync(keysFolder)).not.toContain('ledger.ed25519.pem');
    const status = await ardoise('status');
    expect([status.code, status.out]).toEqual([0, expect.stringContaining(`ledger key in use: ${told.id}, since `)]);
    expect(status.out).toContain('1 ledger keys before that sign no longer');
  });

  it('are in the file of keys', async () => {
    const passphrase = join(folder, 'passphrase');
    writeFileSync(passphrase, 'a passphrase that is long\n', { mode: 0o600 });
    const { out } = await ardoise('backup', '--to', join(folder, 'sealed'), '--passphrase-file', passphrase, '--json');
    const { files } = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { files: string[] };
    const [current] = await published();
    expect(files).toEqual(
      expect.arrayContaining(['ledger-1.json', 'ledger-2.json', `ledger-2-${current!.id}.ed25519.pem`]),
    );
  });
});

(hasOpenssl ? describe : describe.skip)('timestamps of checkpoints', () => {
  let authority: TimestampAuthority;
  let server: TestServer;
  beforeAll(async () => {
    authority = await TimestampAuthority.start();
    const environment = {
      ARDOISE_TIMESTAMP_URL: authority.url,
      ARDOISE_TIMESTAMP_TRUST_FILE: authority.path('root.pem'),
    };
    // The authority has the machine's clock; days are ours.
    authority.troubles.push(500);
    server = await startTestServer({ environment });
  });
  afterAll(async () => {
    await server.close();
    await authority.close();
  });

  async function stamped(organisation: string): Promise<CheckpointEntry[]> {
    const { ledger } = server.platform;
    const entries: CheckpointEntry[] = [];
    const tree = await ledger.tree(organisation);
    if (tree) for await (const entry of ledger.checkpoints(tree)) if (entry.timestamp) entries.push(entry);
    return entries;
  }

  async function eventually<T>(ask: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
    for (let left = 400; ; left--) {
      const answer = await ask();
      if (done(answer) || left === 0) return answer;
      await delay(50);
    }
  }

  const waiting = async () =>
    (await server.app.get(Processes).standing()).filter(({ process }) => process === 'timestamps');

  it('are on the first of each day, and wait for an authority that is away', async () => {
    const first = await server.platform.ledger.latest('mira').then((entry) => entry ?? nextCheckpoint(server, 'First'));
    const [one] = await eventually(
      () => stamped('mira'),
      (entries) => entries.length > 0,
    );
    const digest = createHash('sha256').update(parseNote(one!.note).text).digest();
    await expect(verifyTimestamp(one!.timestamp!, digest, [authority.certificate('root')])).resolves.toBeDefined();
    expect(one!.size).toBeLessThanOrEqual(first.size);
    await eventually(waiting, (entries) => entries.length === 0);
    const asked = authority.asked;
    await nextCheckpoint(server, 'Same');
    expect(await stamped('mira')).toHaveLength(1);

    authority.troubles.push(...Array.from({ length: 2 }, () => 503));
    server.clock.advance(day);
    const next = await nextCheckpoint(server, 'Next');
    const away = await eventually(waiting, (entries) =>
      entries.some(({ organisation, failing }) => organisation === 'mira' && failing),
    );
    expect(away.find(({ organisation }) => organisation === 'mira')).toMatchObject({
      id: `1/${next.size}`,
      state: 'waiting',
      failing: { code: 'timestamp-unreachable' },
    });
    await nextCheckpoint(server, 'Later');
    const both = await eventually(
      () => stamped('mira'),
      (entries) => entries.length > 1,
    );
    expect(both.map(({ size }) => size)).toEqual([one!.size, next.size]);
    expect(authority.asked).toBeGreaterThan(asked + 2);
    const { text } = await server.http().get('/metrics').expect(200);
    expect(text).toMatch(/ardoise_ledger_stamped_checkpoint_seconds\{organisation="mira"\} \d+/);
  });
});

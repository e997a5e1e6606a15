import type { StoredEvent } from '@ardoise/event-store';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leafHash, openCheckpoint, rootAt, verifierKey } from '@ardoise/ledger';
import { createClient } from '@ardoise/postgres';
import { published, type CheckpointEntry } from '@ardoise/sequencer';
import { createTestDatabase } from '@ardoise/testing';
import { alterLog, flipped } from './support/altered-log';
import { runArdoise, type CommandResult } from './support/command';
import { startTestServer, type TestServer } from './support/server';
import { registerLearner } from './support/story';
import { sizeOf, wholeLog } from './support/whole-log';

// Every word on the command line is a process that starts.
jest.setTimeout(400_000);

describe('the ledger of a server', () => {
  let server: TestServer;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-ledger-'));
  const keysFolder = join(folder, 'keys');

  const start = () => startTestServer({ databaseUrl: database.url, keysFolder });

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await start();
    await registerLearner(server, 'Signed');
    await server.settled();
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ardoise = (...words: string[]): Promise<CommandResult> =>
    runArdoise(database.url, words, { ARDOISE_DATA: join(folder, 'data'), ARDOISE_KEYS: keysFolder });

  async function sql(...statements: string[]): Promise<void> {
    const client = createClient(database.url, { applicationName: 'spec' });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }

  /** The checkpoint of the whole log, as anybody can verify it with the published key. */
  async function verified(): Promise<CheckpointEntry> {
    const { ledger, sequencer, store, ledgerKeys } = server.platform;
    const head = await store.head('mira');
    const entry = await sequencer.sequenced('mira', head);
    const tree = (await ledger.tree('mira'))!;
    const [key] = await ledgerKeys.published();
    expect(tree.origin).toBe(`ardoise.internal/${key!.id}/mira/1`);
    const { checkpoint } = openCheckpoint(published(entry), [verifierKey(tree.origin, 1, key!.publicKey)]);
    expect(checkpoint).toEqual({ origin: tree.origin, size: await sizeOf(store), root: entry.root });
    expect(await rootAt(ledger.source(tree), entry.size)).toEqual(entry.root);
    const entries = await ledger.entries(tree, 0, entry.size);
    const leaves = await store.readLeaves('mira', 0n, entry.size);
    expect(entries.map(leafHash)).toEqual(leaves.map(({ leaf }) => leaf));
    return entry;
  }

  it('has every event that was recorded, signed', async () => {
    await verified();
    for (const organisation of await server.platform.store.organisations()) {
      const head = await server.platform.store.head(organisation);
      expect(await server.platform.sequencer.sequenced(organisation, head)).toMatchObject({ position: head });
    }
  });

  it('shows on the command line how far it is, and is made again there to the same root', async () => {
    const { size, root: signed } = await verified();
    const status = await ardoise('status');
    expect(status.code).toBe(0);
    expect(status.out).toMatch(
      new RegExp(
        `^mira: ledger of ${size} events, 0 (?:events|half bytes of the log) behind, signed ${size} at 2026-03-02T`,
        'm',
      ),
    );
    const shown = await ardoise('ledger', 'status');
    expect(shown.out).toMatch(
      /^mira: incarnation 1 \(ardoise\.internal\/[0-9a-f]{16}\/mira\/1\), \d+ leaves, 0 (?:events|half bytes of the log) behind/m,
    );
    expect(shown.out).toMatch(/^mira: newest checkpoint of \d+ leaves, signed .*Z, 0 cosignatures$/m);
    await sql(`DELETE FROM ledger.tiles WHERE organisation = 'mira'`);
    const rebuilt = await ardoise('ledger', 'rebuild', '--organisation', 'mira', '--json');
    expect(rebuilt.code).toBe(0);
    expect(JSON.parse(rebuilt.out)).toMatchObject({ size, root: signed.toString('base64') });
    await verified();
  });

  it('says when the log is not what was signed', async () => {
    await verified();
    const event = (await wholeLog(server.platform.store)).at(-1) as StoredEvent;
    const header = flipped(event.header);
    await alterLog(server, { event, header });
    const status = await ardoise('ledger', 'status');
    expect([status.code, status.out]).toEqual([3, expect.stringContaining('mira: NOT SIGNED, ledger-differs')]);
    const rebuilt = await ardoise('ledger', 'rebuild', '--organisation', 'mira');
    expect([rebuilt.code, rebuilt.out]).toEqual([1, '']);
    expect(rebuilt.err).toContain('does not match its log');
    await alterLog(server, { event: { ...event, header }, header: event.header });
    expect(await server.platform.ledger.check('mira')).toBeUndefined();
  });

  it('begins with the first event of a log that is older than it', async () => {
    await server.close();
    // From before there were ledgers: nothing of one stands beside the anchors either.
    const anchors = join(keysFolder, 'anchors');
    for (const name of readdirSync(anchors)) if (name.endsWith('.checkpoint')) rmSync(join(anchors, name));
    await sql('DROP SCHEMA ledger CASCADE', `DELETE FROM public.ardoise_migrations WHERE id LIKE 'ledger-%'`);
    server = await start();
    const { incarnation, size } = await verified();
    expect([incarnation, size]).toEqual([1, await sizeOf(server.platform.store)]);
  });

  it('does not go on without the key that it was signed with', async () => {
    await verified();
    await server.close();
    const files = ['ledger-1.json', 'ledger.ed25519.pem'];
    for (const file of files) renameSync(join(keysFolder, file), join(folder, file));
    await expect(start()).rejects.toMatchObject({ code: 'signing-key-missing' });
    for (const file of files) renameSync(join(folder, file), join(keysFolder, file));
    server = await start();
    await registerLearner(server, 'Later');
    await verified();
  });
});

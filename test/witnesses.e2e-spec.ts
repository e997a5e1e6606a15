import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '@ardoise/format';
import {
  checkpointText,
  formatNote,
  formatVerifierKey,
  openCheckpoint,
  parseNote,
  signNote,
  verifierKey,
  verifyCosignatures,
} from '@ardoise/ledger';
import { published, type CheckpointEntry } from '@ardoise/sequencer';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { WitnessClient } from '@ardoise/witness';
import { Recovery, recoverySteps } from '../src/keys/recovery/recovery';
import { Reactions } from '../src/platform/reactions';
import { copyOf } from './support/put-back';
import { startTestServer, until, type TestServer } from './support/server';
import { createCourse, registerLearner } from './support/story';
import { newSigner, TestWitness } from './support/witness';
import { wholeLog } from './support/whole-log';

const origin = 'records.example/mira/1';

describe('a ledger with witnesses', () => {
  let database: TestDatabase;
  let folder: string;
  let server: TestServer;
  let starts = 0;
  const open: { close(): unknown }[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'ardoise-witnessed-'));
  });

  afterEach(async () => {
    await server.close();
    for (const one of open.splice(0)) await one.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const policyOf = (...lines: string[]): string => {
    const path = join(folder, `policy-${(starts += 1)}`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  };
  const start = async (policy?: string): Promise<TestServer> => {
    starts += 1;
    const now = new Date(Date.parse('2026-03-02T09:00:00Z') + starts * 60_000).toISOString();
    const environment = {
      ARDOISE_LEDGER_ORIGIN: 'records.example',
      ...(policy === undefined ? {} : { ARDOISE_LEDGER_POLICY: policy }),
    };
    return startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys'), now, environment });
  };
  const witnessed = async (name: string): Promise<TestWitness> => {
    const witness = await TestWitness.start(name, () => server);
    open.push(witness);
    return witness;
  };
  const reasons = (): string[] => server.platform.quarantines.of('mira')?.reasons.map(({ code }) => code) ?? [];
  const recover = async (): Promise<boolean> => {
    const recovery = new Recovery(server.platform, server.app.get(Reactions));
    const done = await recovery.run({ organisation: 'mira', reason: 'log-restored' });
    await server.settled();
    return done;
  };
  /** The newest checkpoint, once everything is signed and as many have cosigned. */
  const cosigned = async (count: number): Promise<CheckpointEntry> => {
    const { store, ledger } = server.platform;
    let found: CheckpointEntry | undefined;
    await until(async () => {
      found = await ledger.latest('mira');
      return found?.position === (await store.head('mira')) && found.cosignatures.length === count;
    });
    return found as CheckpointEntry;
  };
  const anchors = (): string => join(folder, 'keys', 'anchors');

  it('is set back and goes on without its anchors: the witness refuses, and a recovery opens the next incarnation', async () => {
    server = await start();
    await server.close();
    const witness = await witnessed('one');
    const policy = policyOf(witness.line, 'quorum one');
    server = await start(policy);
    await createCourse(server);
    const first = await cosigned(1);
    expect(verifyCosignatures(parseNote(published(first)), [witness.key])).toHaveLength(1);
    const copy = await copyOf(database.url, 'log', 'vault', 'read', 'reactions', 'erasures');
    for (const name of ['One', 'Two', 'Three']) await registerLearner(server, name);
    const lost = await cosigned(1);
    expect(lost.size).toBeGreaterThan(first.size);
    await server.platform.gate.writeAnchors();
    expect(readFileSync(join(anchors(), 'mira.checkpoint'))).toEqual(lost.note);
    await server.close();

    // Yesterday's database, and nobody who would know better.
    await copy.putBack();
    for (const name of readdirSync(anchors())) rmSync(join(anchors(), name));
    server = await start();
    expect(reasons()).toEqual(['anchor-missing']);
    expect(await recover()).toBe(true);
    expect(await server.platform.ledger.trees('mira')).toHaveLength(1);
    await registerLearner(server, 'Another');
    await cosigned(0);
    expect(reasons()).toEqual([]);
    await server.close();

    server = await start(policy);
    await until(async () => reasons().length > 0);
    expect(reasons()).toEqual([expect.stringMatching(/^ledger-(older|differs)$/)]);
    const refused = await server.post('/courses', { title: 'x', modality: 'mixed' });
    expect([refused.status, refused.body.code]).toEqual([503, 'organisation-quarantined']);
    expect(refused.body.detail).toMatch(/ledger-(older|differs): a checkpoint of \d+ leaves is known/);
    const metrics = (await server.http().get('/metrics')).text;
    expect(metrics).toMatch(/ardoise_organisation_quarantined\{organisation="mira",reason="ledger-/);
    expect(readFileSync(join(anchors(), 'mira.checkpoint'), 'utf8')).toContain(`${origin}\n${lost.size}\n`);
    // At every start, without the witness too.
    await server.close();
    server = await start();
    expect(reasons()).toEqual([expect.stringMatching(/^ledger-/)]);
    await server.close();

    server = await start(policy);
    const signed = await server.platform.ledger.latest('mira');
    const found = await wholeLog(server.platform.store);
    const plan = await new Recovery(server.platform, server.app.get(Reactions)).plan('mira');
    expect(plan).toMatchObject({ needed: true, reopensLedger: true });
    expect(await recover()).toBe(true);
    expect(reasons()).toEqual([]);
    const [old, tree] = await server.platform.ledger.trees('mira');
    expect([tree?.incarnation, tree?.origin]).toEqual([2, 'records.example/mira/2']);
    const [reopened] = await server.platform.store.readLog('mira', found.at(-1)!.position, 1);
    expect(await server.platform.store.readLog('mira', old!.through!, 1)).toEqual([reopened]);
    expect(await server.platform.store.readLog('mira', tree!.after, 1)).toEqual([reopened]);
    const { type, facts } = readHeader(reopened!.header);
    const known = [lost, signed as CheckpointEntry].reduce((a, b) => (b.size > a.size ? b : a));
    expect({ type, facts }).toMatchObject({
      type: 'ledger-reopened',
      facts: {
        incarnation: 2,
        origin: 'records.example/mira/2',
        known: { origin, size: known.size, root: known.root.toString('hex') },
        found: { size: found.length },
      },
    });
    expect(await cosigned(1)).toMatchObject({ incarnation: 2 });
    expect(await recover()).toBe(false);
    await registerLearner(server, 'Anew');
    const newest = await cosigned(1);
    const client = new WitnessClient({ url: witness.url, key: witness.key });
    const keys = (await server.platform.ledgerKeys.published()).map((key) =>
      verifierKey('records.example/mira/2', 0x01, key.publicKey),
    );
    const shown = await client.latest('records.example/mira/2');
    expect(openCheckpoint(shown!, keys).checkpoint).toMatchObject({ size: newest.size, root: newest.root });
    await server.close();
    server = await start(policy);
    expect(reasons()).toEqual([]);
  });

  it('is recovered at once when a witness that can be asked knows more, and numbers go on from what it knows', async () => {
    server = await start();
    await server.close();
    const witness = await witnessed('one');
    const policy = policyOf(witness.line, 'quorum one');
    server = await start(policy);
    await createCourse(server);
    const copy = await copyOf(database.url, 'log', 'vault', 'read', 'reactions', 'erasures');
    for (const incarnation of [2, 3]) {
      await registerLearner(server, 'Lost');
      const lost = await cosigned(1);
      await server.close();
      await copy.putBack();
      for (const name of readdirSync(anchors())) rmSync(join(anchors(), name));
      server = await start(policy);
      expect(reasons()).toEqual(['anchor-missing']);
      expect(await recover()).toBe(true);
      const tree = await server.platform.ledger.tree('mira');
      expect(tree?.incarnation).toBe(incarnation);
      const [leaf] = await server.platform.store.readLog('mira', tree?.after ?? 0n, 1);
      expect(readHeader(leaf!.header).facts).toMatchObject({ known: { size: lost.size } });
      expect(await cosigned(1)).toMatchObject({ incarnation });
    }
  });

  it('is noticed by the other processes, which were not shown anything', async () => {
    server = await start();
    await createCourse(server);
    const [{ organisation, incarnation, size, root }] = [await cosigned(0)];
    const other = await startTestServer({
      databaseUrl: database.url,
      keysFolder: join(folder, 'keys'),
      environment: { ARDOISE_LEDGER_ORIGIN: 'records.example', ARDOISE_WORK: 'off' },
    });
    open.push(other);
    const [key] = await server.platform.ledgerKeys.signing();
    const raw = (await server.platform.ledgerKeys.published())[0]!.publicKey;
    const signer = { key: verifierKey(origin, 0x01, raw), sign: (bytes: Buffer) => key!.sign(bytes) };
    const note = async (text: string) => formatNote(await signNote(text, [signer]));
    const { gate } = server.platform;
    const own = await note(checkpointText({ origin, size, root }));
    expect(await gate.show('mira', own)).toMatchObject({ verdict: 'contained', incarnation });
    const strange = await note(checkpointText({ origin: 'records.example/parene/1', size, root }));
    expect(await gate.show('mira', strange)).toEqual({ verdict: 'unsigned' });
    expect(reasons()).toEqual([]);
    const fork = await note(checkpointText({ origin, size, root: Buffer.alloc(32, 7) }));
    expect(await gate.show(organisation, fork)).toMatchObject({ verdict: 'against' });
    expect(reasons()).toEqual(['ledger-differs']);
    expect(other.platform.quarantines.of('mira')).toBeUndefined();
    await other.platform.gate.poll();
    expect(other.platform.quarantines.of('mira')?.reasons.map(({ code }) => code)).toEqual(['ledger-differs']);
    expect(readFileSync(join(anchors(), 'mira.checkpoint'))).toEqual(fork);
    expect(await recover()).toBe(true);
    await until(async () => {
      await other.platform.gate.poll();
      return other.platform.quarantines.of('mira') === undefined;
    });
    expect(existsSync(join(anchors(), 'mira.checkpoint'))).toBe(false);
  });

  it('is recovered in one tree, whatever step a recovery breaks off after', async () => {
    server = await start();
    await createCourse(server);
    const { size } = await cosigned(0);
    const [key] = await server.platform.ledgerKeys.signing();
    const raw = (await server.platform.ledgerKeys.published())[0]!.publicKey;
    const signer = { key: verifierKey(origin, 0x01, raw), sign: (bytes: Buffer) => key!.sign(bytes) };
    const more = checkpointText({ origin, size: size + 5, root: Buffer.alloc(32, 7) });
    await server.platform.gate.show('mira', formatNote(await signNote(more, [signer])));
    expect(reasons()).toEqual(['ledger-older']);
    const {
      organisationAdmitted,
      ledgerReopened,
      ledgerBegun,
      gapRecorded,
      keysDestroyed,
      readModelsReset,
      anchorWritten,
    } = recoverySteps;
    const word = { organisation: 'mira', reason: 'log-restored' as const };
    const breakOff = async (last: string): Promise<void> => {
      const done = (step: string): void => {
        if (step === last) throw new Error(`broken off after ${step}`);
      };
      const platform = { ...server.platform, steps: { done }, close: async () => undefined };
      await expect(new Recovery(platform, server.app.get(Reactions)).run(word)).rejects.toThrow(`after ${last}`);
    };
    for (const last of [
      organisationAdmitted,
      ledgerReopened,
      ledgerBegun,
      gapRecorded,
      keysDestroyed,
      readModelsReset,
    ]) {
      await breakOff(last);
      expect((await server.platform.gate.check('mira'))?.reasons.map(({ code }) => code)).toEqual(['ledger-older']);
    }
    await server.close();
    server = await start();
    expect(reasons()).toEqual(['ledger-older']);
    await breakOff(anchorWritten);
    await server.close();
    server = await start();
    expect(reasons()).toEqual([]);
    expect(await recover()).toBe(false);
    const stored = await server.platform.store.readStream('mira', `vault-${'0'.repeat(32)}`);
    const types = stored.map(({ header }) => readHeader(header).type);
    for (const type of ['ledger-reopened', 'gap-recorded']) expect(types.filter((one) => one === type)).toHaveLength(1);
    expect((await server.platform.ledger.trees('mira')).map(({ incarnation }) => incarnation)).toEqual([1, 2]);
    expect(await cosigned(0)).toMatchObject({ incarnation: 2 });
  });

  it('is cosigned by one of two while the other is away, lies, or is slow; and says so when both had to', async () => {
    server = await start();
    await server.close();
    const witness = await witnessed('one');
    const liar = newSigner('witness.example/two');
    const forger = newSigner(origin, 0x01);
    let shown: Buffer = Buffer.alloc(0);
    let slow = false;
    const asked: string[] = [];
    const lying: Server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (slow) return;
      if (request.method === 'GET') return void response.end(shown);
      response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('1000000\n');
    });
    await new Promise<void>((resolve) => lying.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => (lying.closeAllConnections(), lying.close()) });
    const { port } = lying.address() as AddressInfo;
    const two = `witness two ${formatVerifierKey(liar.key)} http://127.0.0.1:${port}`;
    shown = formatNote(
      await signNote(checkpointText({ origin, size: 1_000_000, root: Buffer.alloc(32, 1) }), [forger]),
    );
    server = await start(policyOf(witness.line, two, 'group any-of any one two', 'quorum any-of'));
    await createCourse(server);
    await cosigned(1);
    await until(async () => asked.some((path) => path.endsWith('/checkpoint')));
    slow = true;
    await registerLearner(server, 'Slow');
    await cosigned(1);
    expect(reasons()).toEqual([]);
    expect((await server.http().get('/health/ready')).body.checks).toMatchObject({ processes: 'up' });
    const metrics = (await server.http().get('/metrics')).text;
    expect(metrics).toMatch(/ardoise_ledger_witness_failing\{organisation="mira",witness="two"\} 1/);
    expect(metrics).toMatch(/ardoise_ledger_witness_answers_total\{witness="two",outcome="witness-disagrees"\}/);
    expect(metrics).toMatch(/ardoise_ledger_witness_answers_total\{witness="one",outcome="cosigned"\}/);
    await server.close();

    server = await start(policyOf(witness.line, two, 'group both all one two', 'quorum both'));
    await registerLearner(server, 'Both');
    await cosigned(1);
    const ready = async () => (await server.http().get('/health/ready')).body.checks.processes as string;
    expect(await ready()).toBe('up');
    server.clock.advance(700_000);
    expect(await ready()).toBe('failing');
    expect((await server.http().get('/metrics')).text).toMatch(
      /ardoise_ledger_quorum_missing\{organisation="mira"\} 1/,
    );
    expect((await server.http().get('/health/ready')).status).toBe(200);
  });

  it('refuses a policy that is none, by its line', async () => {
    server = await start();
    await expect(start(policyOf('quorum none', 'nonsense'))).rejects.toMatchObject({
      code: 'configuration-wrong',
      message: expect.stringMatching(/ARDOISE_LEDGER_POLICY.*2/),
    });
    await expect(start('/nowhere/at/all')).rejects.toMatchObject({ code: 'configuration-wrong' });
  });
});

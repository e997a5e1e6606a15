import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEndingLine, parseKeys, parseLedgerIndex } from '@ardoise/bundle';
import { CompactRange, formatVerifierKey, openCheckpoint, verifierKey } from '@ardoise/ledger';
import { filesOf, headersIn, indexIn, leavesIn, makeBundle } from '../support/bundles';
import { erased } from '../support/erasing';
import { holds } from '../support/files';
import { startTestServer, type TestServer } from '../support/server';
import { createCourse, openSession, registerLearner, tellStory } from '../support/story';
import { stampedBy, timestampAuthority } from '../support/timestamp-authority';
import { sizeOf, wholeLog } from '../support/whole-log';

const marker = 'Ysoldebert';

describe('a bundle of the ledger', () => {
  let server: TestServer;
  let folder: string;
  let persons: string[];
  let before: Map<string, Buffer>;
  const at = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ardoise-bundles-'));
    server = await startTestServer();
    const course = await createCourse(server);
    const session = await openSession(server, course);
    const one = await tellStory(server, marker, { course, session });
    const other = await tellStory(server, `${marker}-b`, { course, session });
    persons = [one.person, other.person];
    // More than one tile of leaves.
    while ((await sizeOf(server.platform.store)) < 300) {
      await Promise.all(Array.from({ length: 20 }, () => createCourse(server)));
    }
    await server.settled();
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is recorded before it is there, and holds the whole ledger', async () => {
    const size = await sizeOf(server.platform.store);
    const made = await makeBundle(server, at('before.tar'), { reference: 'AUDIT-7' });
    before = await filesOf(at('before.tar'));
    const { organisation, trees, reference, since } = indexIn(before);
    expect({ organisation, reference, since }).toEqual({
      organisation: 'mira',
      reference: 'AUDIT-7',
      since: undefined,
    });
    expect(trees.map(({ incarnation, size }) => [incarnation, size])).toEqual([[1, size]]);
    expect(made).toMatchObject({ files: before.size, bytes: (await stat(at('before.tar'))).size });

    const stored = (await wholeLog(server.platform.store))[size];
    const { type, facts, sections } = JSON.parse(stored?.header.toString() ?? '{}');
    const root = trees[0]?.root.toString('hex');
    expect({ type, facts, sections }).toEqual({
      type: 'bundle-exported',
      facts: { service: 'cli', trees: [{ incarnation: 1, size, root }], reference: 'AUDIT-7' },
      sections: [],
    });

    const leaves = leavesIn(before);
    const range = new CompactRange();
    for (let at = 0; at < leaves.length; at += 32) range.append(leaves.subarray(at, at + 32));
    expect(range.root()).toEqual(trees[0]?.root);
    expect(headersIn(before)).toHaveLength(size);
    const keys = parseKeys(before.get('keys.json') as Buffer).ledger;
    const verifiers = keys.map(({ publicKey }) => verifierKey(trees[0]?.origin ?? '', 0x01, publicKey));
    const { checkpoint } = openCheckpoint(before.get('1/checkpoint') as Buffer, verifiers);
    expect(checkpoint).toEqual({ origin: trees[0]?.origin, size, root: trees[0]?.root });
    expect((await stat(at('before.tar'))).mode & 0o777).toBe(0o600);
  });

  it('has nothing of a person in it, no key and nothing sealed', async () => {
    const archive = await readFile(at('before.tar'));
    expect(holds(archive, marker)).toBe(false);
    for (const person of persons) expect(holds(archive, person)).toBe(false);
    expect(holds(archive, 'PRIVATE KEY')).toBe(false);
    const stored = await server.platform.store.readLog('mira', 0n, 1_000);
    const sealed = stored.filter(({ sections }) => sections.length > 64);
    expect(sealed.length).toBeGreaterThan(20);
    for (const { sections } of sealed) expect(archive.includes(sections.subarray(16, 48))).toBe(false);
  });

  it('has the same leaves after an erasure, and says what ended, all of it in the tree', async () => {
    await erased(server, persons[0] as string);
    await makeBundle(server, at('after.tar'));
    const after = await filesOf(at('after.tar'));
    const leaves = leavesIn(before);
    expect(leavesIn(after).subarray(0, leaves.length).equals(leaves)).toBe(true);
    expect(after.get('1/tile/0/000')?.equals(before.get('1/tile/0/000') as Buffer)).toBe(true);
    expect(after.get('1/tile/entries/000')?.equals(before.get('1/tile/entries/000') as Buffer)).toBe(true);
    const old = before.get('1/checkpoints.ndjson') as Buffer;
    expect(after.get('1/checkpoints.ndjson')?.subarray(0, old.length).equals(old)).toBe(true);

    expect(before.get('units.ndjson')).toHaveLength(0);
    const lines = (after.get('units.ndjson') as Buffer).toString().split(/(?<=\n)/);
    const endings = lines.map((line) => parseEndingLine(Buffer.from(line)));
    const events = new Map(headersIn(after).map((header) => [header.id, header]));
    expect(endings.length).toBeGreaterThan(10);
    for (const { id, fingerprint, receipt } of endings) {
      const named = events.get(receipt ?? '')?.facts.units as readonly (readonly [string, string])[];
      expect(named).toContainEqual([id, fingerprint]);
    }
    const archive = await readFile(at('after.tar'));
    for (const person of persons) expect(holds(archive, person)).toBe(false);
    expect(holds(archive, marker)).toBe(false);
  });

  it('goes on from a size, or from a bundle that is its beginning', async () => {
    await makeBundle(server, at('since-size.tar'), { since: { size: 280 } });
    const { since, trees } = indexIn(await filesOf(at('since-size.tar')));
    expect(since).toEqual({ incarnation: 1, size: 280 });
    const paths = [...(await filesOf(at('since-size.tar'))).keys()];
    expect(paths.some((path) => /^1\/tile\/(0|entries)\/000$/.test(path))).toBe(false);
    expect(paths.some((path) => /^1\/tile\/1\/000\.p\/1$/.test(path))).toBe(true);
    expect(paths).toContain(`1/tile/entries/001.p/${(trees[0]?.size ?? 0) - 256}`);

    const old = indexIn(before).trees[0]?.size;
    const made = await makeBundle(server, at('since-bundle.tar'), { since: { bundle: at('before.tar') } });
    expect(made.since).toEqual({ incarnation: 1, size: old });
    const { header } = (await wholeLog(server.platform.store))[made.trees[0]?.size ?? 0] ?? {};
    expect(JSON.parse(header?.toString() ?? '{}').facts.since).toEqual({ incarnation: 1, size: old });

    await expect(makeBundle(server, at('x.tar'), { since: { size: 10_000 } })).rejects.toMatchObject({
      code: 'since-refused',
    });
    await mkdir(at('forged'));
    for (const [name, text] of [
      ['since-differs', (before.get('ledger.json') as Buffer).toString().replace(/"root":"...../, '"root":"AAAAA')],
      ['since-refused', (before.get('ledger.json') as Buffer).toString().replace('"mira"', '"parene"')],
      ['bundle-content-malformed', '{}\n'],
    ] as const) {
      await writeFile(join(at('forged'), 'ledger.json'), text);
      const refused = makeBundle(server, at('x.tar'), { since: { bundle: at('forged') } });
      await expect(refused).rejects.toMatchObject({ code: name });
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('x.'))).toEqual([]);
  });

  it('is verified by the tools that its README names, as it says', async () => {
    const authority = await timestampAuthority(at('authority'));
    const newest = await server.platform.ledger.latest('mira');
    if (!newest) throw new Error('there is no checkpoint');
    const text = newest.note.subarray(0, newest.note.indexOf('\n\n') + 1);
    await server.platform.ledger.addTimestamp(newest, await stampedBy(authority, text));
    await makeBundle(server, at('stamped.tar'));
    await mkdir(at('unpacked'));
    execFileSync('tar', ['-xf', at('stamped.tar'), '-C', at('unpacked')]);
    await writeFile(join(at('unpacked'), 'authority.pem'), await readFile(authority.certificate));
    const readme = await readFile(join(at('unpacked'), 'README.md'), 'utf8');
    const steps = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, step]) => step as string);
    expect(steps).toHaveLength(8);
    expect(steps.slice(0, 4)).toEqual(steps.slice(4));
    const run = (step = ''): string =>
      execFileSync('sh', ['-ec', step], { cwd: at('unpacked'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const [leaf, signature, , stamp] = steps;
    const [header, computed, stored] = run(leaf).trim().split('\n');
    expect(JSON.parse(header ?? '').organisation).toBe('mira');
    expect(computed).toBe(`${stored}  -`);
    expect(run(signature)).toContain('Signature Verified Successfully');
    expect(run(`${stamp} 2>&1`)).toContain('Verification: OK');
    const { publicKey } = parseKeys(await readFile(join(at('unpacked'), 'keys.json'))).ledger[0] ?? {};
    const [tree] = parseLedgerIndex(await readFile(join(at('unpacked'), 'ledger.json'))).trees;
    const key = verifierKey(tree?.origin ?? '', 0x01, publicKey ?? Buffer.alloc(32));
    expect(readme.split(formatVerifierKey(key))).toHaveLength(3);
  });

  it('is not there when it was interrupted, nor when something is at its place', async () => {
    const head = await server.platform.store.head('mira');
    const interrupted = new AbortController();
    interrupted.abort();
    await expect(makeBundle(server, at('gone.tar'), { signal: interrupted.signal })).rejects.toMatchObject({
      code: 'export-interrupted',
    });
    expect(await server.platform.store.head('mira')).toBe(head);
    const later = new AbortController();
    const onProgress = (): void => later.abort();
    await expect(makeBundle(server, at('gone.tar'), { signal: later.signal, onProgress })).rejects.toMatchObject({
      code: 'export-interrupted',
    });
    await expect(makeBundle(server, at('before.tar'))).rejects.toMatchObject({ code: 'bundle-exists' });
    expect((await readdir(folder)).filter((name) => /gone|part$/.test(name))).toEqual([]);
    expect(await server.platform.readers.list()).toEqual([]);
  });

  it('is refused to a reference that could name somebody, and of an organisation without events', async () => {
    const person = await registerLearner(server, `${marker}-c`);
    expect(person).toBeDefined();
    const named = makeBundle(server, at('named.tar'), { reference: `for ${marker}` });
    await expect(named).rejects.toMatchObject({ code: 'reference-malformed' });
    await expect(makeBundle(server, at('none.tar'), { organisation: 'nobody' })).rejects.toMatchObject({
      code: 'ledger-empty',
    });
    expect((await readdir(folder)).filter((name) => /named|none/.test(name))).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import { openBundle, parseEndingLine, parseKeys, parseLedgerIndex } from '@ardoise/bundle';
import { CompactRange, leafHash, openCheckpoint, parseEntries, verifierKey, type Checkpoint } from '@ardoise/ledger';
import { readHeader } from '@ardoise/format';
import { erased } from '../support/erasing';
import { startTestServer, type TestServer } from '../support/server';
import { createCourse, registerLearner } from '../support/story';
import { sizeOf } from '../support/whole-log';

const marker = 'Zaphirine';

describe('the ledger over HTTP', () => {
  let server: TestServer;
  let person: string;

  const get = (path: string) => server.get(`/ledger/${path}`).buffer(true);
  const bytesOf = async (path: string): Promise<Buffer> =>
    (
      await get(path)
        .parse(binary as never)
        .expect(200)
    ).body as Buffer;
  const signed = async (): Promise<void> => {
    const head = await server.platform.store.head('mira');
    await server.platform.sequencer.sequenced('mira', head);
  };
  const checkpoint = async (): Promise<Checkpoint> => {
    const { ledger } = parseKeys(await bytesOf('keys.json'));
    const [tree] = parseLedgerIndex(await bytesOf('ledger.json')).trees;
    const keys = ledger.map(({ publicKey }) => verifierKey(tree?.origin ?? '', 0x01, publicKey));
    return openCheckpoint(await bytesOf('1/checkpoint'), keys).checkpoint;
  };

  beforeAll(async () => {
    server = await startTestServer();
    await createCourse(server);
    person = await registerLearner(server, marker);
    for (let i = 0; i < 70; i++) await createCourse(server);
    await signed();
  });
  afterAll(() => server.close());

  it('gives a checkpoint, the tiles below it, and the entries that they are made of', async () => {
    const { size, root, origin } = await checkpoint();
    expect(size).toBe(await sizeOf(server.platform.store));
    expect(origin).toMatch(/^ardoise\.internal\/[0-9a-f]+\/mira\/1$/);
    const entries = parseEntries(await bytesOf(`1/tile/entries/000.p/${size}`), size);
    const range = new CompactRange();
    const hashes = entries.map((entry) => leafHash(entry));
    for (const hash of hashes) range.append(hash);
    expect(range.root()).toEqual(root);
    expect(await bytesOf(`1/tile/0/000.p/${size}`)).toEqual(Buffer.concat(hashes));
    expect(await bytesOf('1/tile/0/000.p/5')).toEqual(Buffer.concat(hashes.slice(0, 5)));
    expect(readHeader(entries[0] as Buffer).type).toBe('organisation-registered');
  });

  it('says of each file what it is, and how long it may be kept', async () => {
    const note = await get('1/checkpoint').expect(200);
    expect(note.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(note.headers['cache-control']).toBe('max-age=1');
    const tile = await get('1/tile/0/000.p/7').expect(200);
    expect(tile.headers['content-type']).toBe('application/octet-stream');
    expect(tile.headers['content-length']).toBe('224');
    expect(tile.headers['cache-control']).toBe('max-age=86400, immutable');
    const etag = tile.headers.etag as string;
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    await get('1/tile/0/000.p/7').set('if-none-match', `"x", ${etag}`).expect(304);
    await get('1/tile/0/000.p/6').set('if-none-match', etag).expect(200);
    expect((await get('keys.json').expect(200)).headers['content-type']).toContain('application/json');
    expect((await get('units.ndjson').expect(200)).headers['content-type']).toContain('application/x-ndjson');
    await server.http().head('/v1/organisations/mira/ledger/1/checkpoint').expect(200);
  });

  it.each([
    '2/checkpoint',
    '1/tile/0/000',
    '1/tile/0/000.p/255',
    '1/tile/0/001.p/1',
    '1/tile/1/000.p/1',
    '1/tile/0/000.p/0',
    '1/tile/0/000.p/05',
    '1/tile/0/x000/000',
    '1/tile/0/%30%30%30.p/5',
    '1/tile/0/..%2f..%2f..%2fkeys.json',
    '1/tile/entries/000.p/256',
    '01/checkpoint',
    'policies/99.json',
    'policies/..%2fkeys.json',
    'README.md',
    'anything',
  ])('has no %s', async (path) => {
    const { body, headers } = await get(path).expect(404);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body.code).toMatch(/^(ledger-file|route)-not-found$/);
  });

  it('is read by the reader of bundles as an archive is', async () => {
    const files = await openBundle(`${server.url}/v1/organisations/mira/ledger`);
    const { size } = await checkpoint();
    expect(await files.read(`1/tile/0/000.p/${size}`, 8_192)).toHaveLength(32 * size);
    expect(await files.read('1/tile/0/000', 8_192)).toBeUndefined();
    await files.close();
    await expect(openBundle(`${server.url}/v1/organisations/nobody/ledger`)).rejects.toMatchObject({
      code: 'bundle-not-recognised',
    });
  });

  it('has the policy by which the log calls it, and the types of events', async () => {
    const { size } = await checkpoint();
    const entries = parseEntries(await bytesOf(`1/tile/entries/000.p/${size}`), size);
    const adopted = entries.map((one) => readHeader(one)).find(({ type }) => type === 'policy-adopted');
    const policy = await bytesOf(`policies/${adopted?.facts.policy as number}.json`);
    expect(createHash('sha256').update(policy).digest('hex')).toBe(adopted?.facts.digest);
    const types = JSON.parse((await bytesOf('vocabulary.json')).toString()) as { type: string }[];
    expect(types.map(({ type }) => type)).toContain('bundle-exported');
  });

  it('keeps every leaf through an erasure, and names what ended in a checkpoint read afterwards', async () => {
    const before = await checkpoint();
    const leaves = await bytesOf(`1/tile/0/000.p/${before.size}`);
    await erased(server, person);
    const lines = (await bytesOf('units.ndjson')).toString().split('\n').slice(0, -1);
    const endings = lines.map((line) => parseEndingLine(Buffer.from(`${line}\n`)));
    const after = await checkpoint();
    expect(after.size).toBeGreaterThan(before.size);
    expect(await bytesOf(`1/tile/0/000.p/${before.size}`)).toEqual(leaves);
    const entries = parseEntries(await bytesOf(`1/tile/entries/000.p/${after.size}`), after.size);
    const fenced = new Map(
      entries
        .map((one) => readHeader(one))
        .filter(({ type }) => type === 'keys-fenced')
        .flatMap(({ id, facts }) => (facts.units as [string, string][]).map(([unit]) => [unit, id] as const)),
    );
    expect(endings.length).toBeGreaterThan(0);
    expect(endings.map(({ id, receipt }) => [id, receipt])).toEqual([...fenced].sort(([a], [b]) => (a < b ? -1 : 1)));
    expect(endings.map(({ id }) => id)).toEqual(endings.map(({ id }) => id).sort());
  });
});

function binary(response: NodeJS.ReadableStream, done: (error: Error | null, body: Buffer) => void): void {
  const pieces: Buffer[] = [];
  response.on('data', (piece: Buffer) => pieces.push(piece));
  response.on('end', () => done(null, Buffer.concat(pieces)));
}

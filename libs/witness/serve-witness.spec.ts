import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatVerifierKey, parseNote, verifierKey, verifyCosignatures } from '@ardoise/ledger';
import { SystemClock } from '@ardoise/time';
import { KnownLogs, readLogs } from './known-logs';
import { serveWitness, type ServedWitness } from './serve-witness';
import { MemoryWitnessStore } from './spec-support/memory-witness-store';
import { signerOf, TestLog } from './spec-support/test-log';
import { Witness } from './witness';
import { WitnessClient, type Submission } from './witness-client';

const signer = signerOf('witness.example/w1', 0x04);
const submissionOf = async (log: TestLog): Promise<Submission> => {
  const { origin, size } = log;
  return { origin, size, note: await log.checkpoint(), proofFrom: (from) => log.proof(from, size) };
};

describe('a witness over HTTP', () => {
  let log: TestLog;
  let served: ServedWitness;
  let store: MemoryWitnessStore;
  const failures: unknown[] = [];

  beforeEach(async () => {
    log = new TestLog('ardoise.example/mira/1').grow(3);
    store = new MemoryWitnessStore();
    const logs = (origin: string) => (origin === log.origin ? [log.signer.key] : []);
    const witness = new Witness({ store, signer, logs, clock: new SystemClock() });
    failures.length = 0;
    served = await serveWitness({ witness, host: '127.0.0.1', port: 0, onFailure: (error) => failures.push(error) });
  });
  afterEach(() => served.close());

  const client = (): WitnessClient => new WitnessClient({ url: `${served.url}/`, key: signer.key });

  it('cosigns for a client, which learns from it where it stands', async () => {
    const first = client();
    expect(await first.latest(log.origin)).toBeUndefined();
    const done = await first.submit(await submissionOf(log));
    const { text } = parseNote(await log.checkpoint());
    expect(done.outcome).toBe('cosigned');
    const note = Buffer.concat([
      await log.checkpoint(),
      Buffer.from(done.outcome === 'cosigned' ? done.lines.join('') : ''),
    ]);
    expect(verifyCosignatures(parseNote(note), [signer.key])).toHaveLength(1);
    expect(parseNote((await first.latest(log.origin))!).text).toBe(text);
    log.grow(500);
    // One that begins anew, and one that has not noticed.
    expect(await client().submit(await submissionOf(log))).toMatchObject({ outcome: 'cosigned' });
    log.grow(500);
    expect(await first.submit(await submissionOf(log))).toMatchObject({ outcome: 'cosigned' });
    store.clear();
    expect(await first.submit(await submissionOf(log.grow(1)))).toMatchObject({ outcome: 'cosigned' });
  });

  it('tells a client of a larger checkpoint, and of another history', async () => {
    await client().submit(await submissionOf(log.grow(10)));
    const fork = new TestLog(log.origin, log.privateKey, 'fork').grow(5);
    expect(await client().submit(await submissionOf(fork))).toEqual({ outcome: 'ahead', size: 13 });
    expect(await client().submit(await submissionOf(fork.grow(20)))).toEqual({ outcome: 'inconsistent' });
    const stranger = new TestLog('ardoise.example/other/1').grow(1);
    await expect(client().submit(await submissionOf(stranger))).rejects.toMatchObject({ code: 'witness-log-unknown' });
    const pretender = new TestLog(log.origin).grow(1);
    await expect(client().submit(await submissionOf(pretender))).rejects.toMatchObject({
      code: 'witness-signature-refused',
    });
  });

  it('turns away what is too long, elsewhere, or of another method, and says when it fails itself', async () => {
    const post = (body: string | Uint8Array<ArrayBuffer>, path = '/add-checkpoint') =>
      fetch(served.url + path, { method: 'POST', body });
    expect((await post(new Uint8Array(200_000))).status).toBe(413);
    expect((await post('x', '/elsewhere')).status).toBe(404);
    expect((await fetch(`${served.url}/add-checkpoint`)).status).toBe(405);
    expect((await post('x', `/${'0'.repeat(64)}/checkpoint`)).status).toBe(405);
    expect((await fetch(`${served.url}/${'0'.repeat(64)}/checkpoint`)).status).toBe(404);
    expect((await fetch(`${served.url}/${'A'.repeat(64)}/checkpoint`)).status).toBe(404);
    expect((await post('x')).status).toBe(400);
    expect(failures).toEqual([]);
    store.failing = true;
    await expect(client().submit(await submissionOf(log))).rejects.toMatchObject({ code: 'witness-unreachable' });
    expect(failures).toHaveLength(1);
  });

  it('goes on after what is no HTTP, and after who goes away in the middle', async () => {
    const { port } = new URL(served.url);
    const talk = (words: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(words));
        let heard = '';
        socket.on('data', (piece) => (heard += piece.toString()));
        socket.on('error', () => resolve(heard));
        socket.on('close', () => resolve(heard));
        if (words.includes('Content-Length')) setTimeout(() => socket.destroy(), 50);
      });
    expect(await talk('nonsense\r\n\r\n')).toContain('400');
    await talk('POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nold 0\n');
    expect((await client().submit(await submissionOf(log))).outcome).toBe('cosigned');
    expect(failures).toEqual([]);
  });
});

describe('a client of a witness that is none', () => {
  let log: TestLog;
  const servers: Server[] = [];
  beforeEach(() => (log = new TestLog('ardoise.example/mira/1').grow(3)));
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const asking = async (answer: RequestListener) => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new WitnessClient({ url, key: signer.key, patienceMilliseconds: 300 });
    return client.submit(await submissionOf(log)).catch((error: { code: string }) => error.code);
  };
  const says = (status: number, body: string | Buffer, type = 'text/plain') =>
    asking((_, response) => response.writeHead(status, { 'content-type': type }).end(body));

  it('believes nothing but a cosignature that verifies', async () => {
    expect(await says(200, 'nonsense')).toBe('witness-cosignature-wrong');
    expect(await says(200, '')).toBe('witness-cosignature-wrong');
    const other = new Witness({
      store: new MemoryWitnessStore(),
      signer: signerOf(signer.key.name, 0x04),
      logs: () => [log.signer.key],
      clock: new SystemClock(),
    });
    const note = await log.checkpoint();
    const { body } = await other.addCheckpoint(Buffer.concat([Buffer.from('old 0\n\n'), note]));
    expect(await says(200, body)).toBe('witness-cosignature-wrong');
  });

  it('gives up on an answer that is late, too long, elsewhere, or changes each time', async () => {
    expect(await asking(() => undefined)).toBe('witness-unreachable');
    expect(await says(200, Buffer.alloc(100_000, 'x'))).toBe('witness-answer-malformed');
    expect(await asking((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())).toBe(
      'witness-unreachable',
    );
    expect(await says(503, 'later')).toBe('witness-unreachable');
    expect(await says(409, '5\n', 'text/html')).toBe('witness-answer-malformed');
    expect(await says(409, '05\n', 'text/x.tlog.size')).toBe('witness-answer-malformed');
    let size = 0;
    expect(
      await asking((_, response) => {
        size = size === 1 ? 2 : 1;
        response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${size}\n`);
      }),
    ).toBe('witness-answer-malformed');
    const away = new WitnessClient({ url: 'http://127.0.0.1:1', key: signer.key });
    await expect(away.submit(await submissionOf(log))).rejects.toMatchObject({ code: 'witness-unreachable' });
  });
});

describe('the logs that a witness knows', () => {
  const { key } = new TestLog('ardoise.example/mira/1').signer;
  const base = verifierKey('ardoise.example', 0x01, key.publicKey);

  it('are lines of a file, or of a trust policy, or all below a name, and are read again when they were changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ardoise-logs-'));
    try {
      const path = join(folder, 'logs');
      const problems: string[] = [];
      writeFileSync(path, `# ours\n\nlog ${formatVerifierKey(key)} https://ardoise.example\nquorum none\n`);
      const logs = await KnownLogs.open(path, ({ message }) => problems.push(message));
      expect(await logs.keysOf(key.name)).toEqual([key]);
      expect(await logs.keysOf('ardoise.example/parene/1')).toEqual([]);
      appendFileSync(path, `logs-below ${formatVerifierKey(base)}\n`);
      const parene = verifierKey('ardoise.example/parene/2', 0x01, key.publicKey);
      expect(await logs.keysOf(parene.name)).toEqual([parene]);
      expect(await logs.keysOf('ardoise.example')).toEqual([]);
      expect(await logs.keysOf('ardoise.examples/x')).toEqual([]);
      expect(await logs.keysOf('ardoise.example/no name of a key')).toEqual([]);
      appendFileSync(path, 'log nonsense\n');
      expect(await logs.keysOf(parene.name)).toEqual([parene]);
      expect(await logs.keysOf(parene.name)).toEqual([parene]);
      expect(problems).toEqual(['line 6 of the list of logs has no verifier key of a log']);
      rmSync(path);
      expect(await logs.keysOf(parene.name)).toEqual([parene]);
      await expect(KnownLogs.open(path)).rejects.toMatchObject({ code: 'witness-logs-malformed' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are refused by the number of their line', () => {
    for (const line of ['log', 'logs x', `log ${formatVerifierKey(signer.key)}`, `log ${formatVerifierKey(key)} a b`]) {
      expect(() => readLogs(`\n${line}\n`)).toThrow(/^line 2/);
    }
  });
});

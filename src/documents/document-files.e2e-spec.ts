import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { startTestServer, type TestServer } from '../../test/support/server';
import { registerLearner } from '../../test/support/story';
import { BlobKeeper } from './process/blob-keeper';
import { answerOf, HandingIn } from './spec-support/handing-in';

const marker = 'CANARY-B10B';
const hours = 3_600_000;

describe('the files of documents over HTTP', () => {
  let server: TestServer;
  let documents: HandingIn;

  beforeAll(async () => {
    server = await startTestServer();
    documents = new HandingIn(server);
  });

  afterAll(() => server.close());

  it('takes and gives 20 MiB, and holds little of it at any moment', async () => {
    const person = await registerLearner(server, 'Large');
    const [piece, pieces] = [65_536, 320];
    let [sent, stored, ahead] = [0, 0, 0];
    const content = function* (): Generator<Buffer> {
      for (let index = 0; index < pieces; index++) {
        sent += piece;
        yield Buffer.alloc(piece, index % 251);
      }
    };
    const { store } = server.platform.blobs;
    const write = store.write.bind(store);
    const spy = jest.spyOn(store, 'write').mockImplementation((organisation, blob, bytes) => {
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const one of bytes) {
          stored += one.length;
          ahead = Math.max(ahead, sent - stored);
          yield one;
        }
      };
      return write(organisation, blob, counted());
    });
    const answer = await documents.stream(person, content());
    spy.mockRestore();
    expect(answer.statusCode).toBe(201);
    const { id } = await answerOf<{ id: string }>(answer);
    // What is under way between client and file: buffers of sockets and streams, never the whole.
    expect(sent).toBe(piece * pieces);
    expect(ahead).toBeLessThan(0.8 * sent);
    const given = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${server.url}/v1/organisations/mira/documents/${id}/content`, resolve).on('error', reject).end();
    });
    let [at, right] = [0, true];
    for await (const part of given as AsyncIterable<Buffer>) {
      for (let index = 0; index < part.length; index += 997) {
        right &&= part[index] === Math.floor((at + index) / piece) % 251;
      }
      at += part.length;
    }
    expect([at, right]).toEqual([sent, true]);
  });

  it('tells a client that is still sending why nothing more is taken, and leaves nothing', async () => {
    const person = await registerLearner(server, 'Refused');
    const count = documents.files().length;
    const send = async (length: number): Promise<[number | undefined, string]> => {
      const pieces = Array.from({ length: length / 65_536 }, () => Buffer.alloc(65_536));
      const answer = await documents.stream(person, pieces);
      return [answer.statusCode, (await answerOf<{ code: string }>(answer)).code];
    };
    expect(await send(32 * 1_048_576)).toEqual([413, 'body-too-large']);
    const { store } = server.platform.blobs;
    const spy = jest.spyOn(store, 'write').mockImplementation(async (_, __, bytes) => {
      for await (const piece of bytes) if (piece.length > 1_000) throw new Error('no space is left');
    });
    expect(await send(20 * 1_048_576)).toEqual([500, 'internal']);
    spy.mockRestore();
    expect(documents.files()).toHaveLength(count);
  });

  it('leaves no file of an upload that an erasure overtook', async () => {
    const person = await registerLearner(server, 'Overtaken');
    const { store } = server.platform.blobs;
    const write = store.write.bind(store);
    const count = documents.files().length;
    const spy = jest.spyOn(store, 'write').mockImplementation(async (...given) => {
      await write(...given);
      await server.platform.vault.fence('mira', [person], []);
    });
    const answer = await documents.upload(person, marker).expect(409);
    spy.mockRestore();
    expect(answer.body.code).toMatch(/^(person-erased|unit-ended)$/);
    expect(documents.files()).toHaveLength(count);
  });

  it('raises the alarm for an altered and for a missing file, without a word about anybody', async () => {
    const person = await registerLearner(server, 'Alarm');
    const error = jest.spyOn(server.platform.log, 'error');
    const altered = await documents.recorded(person, marker);
    const path = await documents.fileOf(altered);
    const bytes = readFileSync(path);
    bytes[200]! ^= 4;
    writeFileSync(path, bytes);
    const first = await server.get(`/documents/${altered}/content`).expect(500);
    expect(first.body.code).toBe('blob-altered');
    const missing = await documents.recorded(person, marker);
    rmSync(await documents.fileOf(missing));
    const second = await server.get(`/documents/${missing}/content`).expect(500);
    expect(second.body.code).toBe('blob-missing');
    for (const code of ['blob-altered', 'blob-missing']) {
      expect(await documents.metric(`ardoise_blob_alarms_total{organisation="mira",code="${code}"}`)).toBe(1);
    }
    const said = JSON.stringify([error.mock.calls, first.body, second.body]);
    for (const secret of [marker, person, 'passeport', 'Alarm']) expect(said).not.toContain(secret);
    error.mockRestore();
    // The key is there all the same: it is an alarm, never an erasure.
    await server.get(`/documents/${missing}`).expect(200);
    await server.post(`/documents/${altered}/withdrawal`, { reason: 'damaged' }).expect(200);
    await server.post(`/documents/${missing}/withdrawal`, { reason: 'damaged' }).expect(200);
    await server.settled();
  });

  it('breaks a long answer off where the file is altered, and tells', async () => {
    const person = await registerLearner(server, 'Long');
    const id = await documents.recorded(person, Buffer.alloc(400_000, 'x'));
    const path = await documents.fileOf(id);
    const bytes = readFileSync(path);
    bytes[300_000]! ^= 1;
    writeFileSync(path, bytes);
    const before = await documents.metric('ardoise_blob_alarms_total{organisation="mira",code="blob-altered"}');
    await expect(server.get(`/documents/${id}/content`)).rejects.toThrow(/aborted|socket hang up/);
    expect(await documents.metric('ardoise_blob_alarms_total{organisation="mira",code="blob-altered"}')).toBe(
      before + 1,
    );
    await server.post(`/documents/${id}/withdrawal`, { reason: 'damaged' }).expect(200);
    await server.settled();
  });

  it('leaves nothing of an upload that broke off', async () => {
    const person = await registerLearner(server, 'Cut');
    const count = documents.files().length;
    const url = `${server.url}/v1/organisations/mira/persons/${person}/documents?kind=identity-document&name=a.pdf`;
    const { store } = server.platform.blobs;
    const write = store.write.bind(store);
    const ended = new Promise<void>((resolve) => {
      jest.spyOn(store, 'write').mockImplementation((...given) => write(...given).finally(resolve));
    });
    const headers = { 'content-type': 'application/pdf', 'content-length': '1000000' };
    const client = request(url, { method: 'POST', headers });
    client.on('error', () => undefined);
    client.write(Buffer.alloc(200_000), () => client.destroy());
    await ended;
    jest.restoreAllMocks();
    expect(documents.files()).toHaveLength(count);
  });

  it('sweeps what a crash left after a day, and checks every file once a day', async () => {
    const keeper = server.app.get(BlobKeeper, { strict: false });
    const person = await registerLearner(server, 'Orphan');
    const id = await documents.recorded(person, 'kept');
    const unit = { unit: 'a'.repeat(32), fingerprint: 'f'.repeat(64), key: Buffer.alloc(32) };
    const orphan = await server.platform.blobs.write('mira', unit, Readable.from([Buffer.from('left')]));
    const path = documents.pathOf(orphan.blob);
    await keeper.keepDue();
    expect(existsSync(path)).toBe(true);
    server.clock.advance(23 * hours);
    expect(await keeper.keepDue()).toBe(0);
    server.clock.advance(2 * hours);
    expect(await keeper.keepDue()).toBeGreaterThan(0);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(await documents.fileOf(id))).toBe(true);
    expect(await documents.metric('ardoise_blobs{organisation="mira",state="missing"}')).toBe(0);
    rmSync(await documents.fileOf(id));
    server.clock.advance(25 * hours);
    await keeper.keepDue();
    expect(await documents.metric('ardoise_blobs{organisation="mira",state="missing"}')).toBe(1);
  });
});

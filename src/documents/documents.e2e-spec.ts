import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Test } from 'supertest';
import { searchDatabase } from '../../test/support/search';
import { startTestServer, type TestServer } from '../../test/support/server';
import { createCourse, enrol, openSession, registerLearner } from '../../test/support/story';
import { BlobKeeper } from './process/blob-keeper';
import { RecordedBlobs } from './process/recorded-blobs';

const marker = 'CANARY-B10B';
const text = { 'content-type': 'text/plain; charset=utf-8' };
const hours = 3_600_000;

describe('documents over HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.close());

  const folder = (): string => join(server.platform.config.dataFolder, 'blobs');
  const files = (): string[] =>
    existsSync(folder())
      ? readdirSync(folder(), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
      : [];
  const upload = (person: string, content: string | Buffer, query = '', headers: Record<string, string> = {}): Test =>
    server
      .http()
      .post(`/v1/organisations/mira/persons/${person}/documents?kind=identity-document&name=passeport.txt${query}`)
      .set({ ...text, prefer: 'wait=20', ...headers })
      .send(content);
  const fileOf = async (document: string): Promise<string> => {
    const [row] = await server.app.get(RecordedBlobs, { strict: false }).ofDocument('mira', document);
    if (!row) throw new Error('there is no file on record');
    return join(folder(), 'mira', row.blob.slice(0, 2), row.blob);
  };
  const recordedOf = async (person: string, content: string | Buffer): Promise<string> => {
    const { body } = await upload(person, content).expect(201);
    await server.settled();
    return body.id;
  };
  const metric = async (line: string): Promise<number> => {
    const { text: page } = await server.http().get('/metrics').expect(200);
    const found = page.split('\n').find((one) => one.startsWith(`${line} `));
    return Number(found?.split(' ').at(-1) ?? 0);
  };

  it('records a document, shows it, lists it without its name, and gives its content to be saved', async () => {
    const person = await registerLearner(server, 'Ada');
    const course = await createCourse(server);
    const enrolment = await enrol(server, person, course);
    const created = await upload(person, marker, `&enrolment=${enrolment}&source=person`).expect(201);
    expect(created.headers.location).toBe(`/v1/organisations/mira/documents/${created.body.id}`);
    const one = await server.http().get(created.headers.location as string);
    const shown = {
      id: created.body.id,
      person,
      kind: 'identity-document',
      mediaType: 'text/plain',
      length: marker.length,
      enrolment,
      withdrawn: false,
      occurredAt: server.clock.now().toISOString(),
    };
    expect(one.body).toEqual({
      ...shown,
      name: 'passeport.txt',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      source: 'person',
    });
    const list = await server.get(`/persons/${person}/documents`).expect(200);
    expect(list.body.items).toEqual([shown]);
    const content = await server.get(`/documents/${created.body.id}/content`).expect(200);
    expect(content.text).toBe(marker);
    expect(content.headers).toMatchObject({
      'content-type': 'text/plain',
      'content-length': String(marker.length),
      'content-disposition': 'attachment; filename="passeport.txt"; filename*=UTF-8\'\'passeport.txt',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(await searchDatabase(server.platform.server.url, marker)).toEqual([]);
  });

  it('repeats a command for the same content, refuses the key for another, and writes no second file', async () => {
    const person = await registerLearner(server, 'Twice');
    const key = { 'idempotency-key': randomUUID() };
    const first = await upload(person, 'content', '', key).expect(201);
    const count = files().length;
    const again = await upload(person, 'content', '', key).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    for (const other of [upload(person, 'Content', '', key), upload(person, 'content', '&source=person', key)]) {
      expect((await other.expect(422)).body.code).toBe('idempotency-key-reused');
    }
    const same = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all([1, 2, 3].map(() => upload(person, 'at once', '', same)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(files()).toHaveLength(count + 1);
  });

  it('refuses what is no document, too large, empty, for nobody, or of another media type', async () => {
    const small = await startTestServer({ environment: { ARDOISE_BLOB_LIMIT: '2048' } });
    try {
      const person = await registerLearner(small, 'Small');
      const at = `/v1/organisations/mira/persons/${person}/documents?kind=identity-document&name=a.txt`;
      const codeOf = async (test: Test, status: number): Promise<string> => (await test.expect(status)).body.code;
      const post = (path = at, type = 'text/plain') => small.http().post(path).set('content-type', type);
      await post().send('x'.repeat(2_048)).expect(201);
      expect(await codeOf(post().send('x'.repeat(2_049)), 413)).toBe('body-too-large');
      const chunked = post().set('transfer-encoding', 'chunked');
      for (let piece = 0; piece < 3; piece++) chunked.write('x'.repeat(1_000));
      expect(await codeOf(chunked, 413)).toBe('body-too-large');
      expect(await codeOf(post().send(''), 422)).toBe('document-empty');
      const html = await post(at, 'text/html').send('<p>').expect(415);
      expect(html.body.detail).toContain('application/pdf');
      expect(await codeOf(post(at, 'application/json').send('{}'), 415)).toBe('media-type-unsupported');
      expect(await codeOf(small.http().post(at), 415)).toBe('media-type-unsupported');
      expect(await codeOf(post(`${at}&kind=other`).send('x'), 422)).toBe('request-not-valid');
      expect(await codeOf(post(at.replace('a.txt', 'a%0A.txt')).send('x'), 422)).toBe('request-not-valid');
      expect(await codeOf(post(`${at}&surprise=1`).send('x'), 422)).toBe('request-not-valid');
      const cv = at.replace('identity-document', 'curriculum-vitae');
      expect(await codeOf(post(cv).send('x'), 422)).toBe('category-not-in-profile');
      expect(await codeOf(post(at.replace(person, '0'.repeat(32))).send('x'), 404)).toBe('person-not-found');
      expect(await codeOf(post(`${at}&session=${'0'.repeat(32)}`).send('x'), 404)).toBe('session-not-found');
      // Other routes go on taking JSON only, and no more of it than before.
      expect(await codeOf(post('/v1/organisations/mira/persons').send('x'), 415)).toBe('media-type-unsupported');
      const other = await registerLearner(small, 'Other');
      const enrolment = await enrol(small, other, await createCourse(small));
      expect(await codeOf(post(`${at}&enrolment=${enrolment}`).send('x'), 422)).toBe('enrolment-of-another');
      const left = readdirSync(small.platform.config.dataFolder, { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => entry.isFile())).toHaveLength(1);
    } finally {
      await small.close();
    }
  });

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
    const url = `${server.url}/v1/organisations/mira/persons/${person}/documents?kind=identity-document&name=scan.pdf`;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const client = request(url, { method: 'POST', headers: { 'content-type': 'application/pdf' } }, resolve);
      pipeline(Readable.from(content()), client).catch(reject);
    });
    spy.mockRestore();
    expect(answer.statusCode).toBe(201);
    const { id } = JSON.parse(Buffer.concat(await answer.toArray()).toString()) as { id: string };
    // What is under way between client and file: buffers of sockets and streams, never the whole.
    expect(sent).toBe(piece * pieces);
    expect(ahead).toBeLessThan(sent / 2);
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

  it('answers 410 when the person is erased, and the file is gone; another person’s stays', async () => {
    const [gone, stays] = [await registerLearner(server, 'Gone'), await registerLearner(server, 'Stays')];
    const first = await recordedOf(gone, `${marker} of the one`);
    const second = await recordedOf(stays, `${marker} of the other`);
    const [path, kept] = [await fileOf(first), await fileOf(second)];
    for (const file of files()) expect(readFileSync(file).includes(marker)).toBe(false);
    await server.post(`/persons/${gone}/erasures`).expect(202);
    await server.settled();
    expect(existsSync(path)).toBe(false);
    for (const file of files()) expect(readFileSync(file).includes(marker)).toBe(false);
    for (const at of [`/documents/${first}`, `/documents/${first}/content`, `/persons/${gone}/documents`]) {
      await server.get(at).expect(410);
    }
    expect((await server.get(`/documents/${first}/content`)).body.code).toBe('erased');
    expect((await upload(gone, 'more').expect(409)).body.code).toBe('person-erased');
    expect(existsSync(kept)).toBe(true);
    expect((await server.get(`/documents/${second}/content`).expect(200)).text).toBe(`${marker} of the other`);
    const rows = server.app.get(RecordedBlobs, { strict: false });
    expect(await rows.ofDocument('mira', first)).toEqual([]);
    // Whatever brought the file back: the key is gone, and it is swept.
    writeFileSync(path, readFileSync(kept));
    await server.get(`/documents/${first}/content`).expect(410);
    rmSync(path);
  });

  it('withdraws a document: its file goes, what was said of it stays', async () => {
    const person = await registerLearner(server, 'Mistake');
    const id = await recordedOf(person, 'of somebody else');
    const path = await fileOf(id);
    await server.post(`/documents/${id}/withdrawal`, { reason: 'another person’s' }).expect(200);
    await server.settled();
    expect(existsSync(path)).toBe(false);
    expect((await server.get(`/documents/${id}/content`).expect(410)).body.code).toBe('document-withdrawn');
    expect((await server.get(`/documents/${id}`).expect(200)).body).toMatchObject({ withdrawn: true });
    const list = await server.get(`/persons/${person}/documents`).expect(200);
    expect(list.body.items).toMatchObject([{ id, withdrawn: true }]);
    const again = await server.post(`/documents/${id}/withdrawal`, { reason: 'again' }).expect(409);
    expect(again.body.code).toBe('document-withdrawn');
  });

  it('raises the alarm for an altered and for a missing file, without a word about anybody', async () => {
    const person = await registerLearner(server, 'Alarm');
    const error = jest.spyOn(server.platform.log, 'error');
    const altered = await recordedOf(person, marker);
    const path = await fileOf(altered);
    const bytes = readFileSync(path);
    bytes[200]! ^= 4;
    writeFileSync(path, bytes);
    const first = await server.get(`/documents/${altered}/content`).expect(500);
    expect(first.body.code).toBe('blob-altered');
    const missing = await recordedOf(person, marker);
    rmSync(await fileOf(missing));
    const second = await server.get(`/documents/${missing}/content`).expect(500);
    expect(second.body.code).toBe('blob-missing');
    for (const code of ['blob-altered', 'blob-missing']) {
      expect(await metric(`ardoise_blob_alarms_total{organisation="mira",code="${code}"}`)).toBe(1);
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
    const id = await recordedOf(person, Buffer.alloc(400_000, 'x'));
    const path = await fileOf(id);
    const bytes = readFileSync(path);
    bytes[300_000]! ^= 1;
    writeFileSync(path, bytes);
    const before = await metric('ardoise_blob_alarms_total{organisation="mira",code="blob-altered"}');
    await expect(server.get(`/documents/${id}/content`)).rejects.toThrow(/aborted|socket hang up/);
    expect(await metric('ardoise_blob_alarms_total{organisation="mira",code="blob-altered"}')).toBe(before + 1);
    await server.post(`/documents/${id}/withdrawal`, { reason: 'damaged' }).expect(200);
    await server.settled();
  });

  it('leaves nothing of an upload that broke off', async () => {
    const person = await registerLearner(server, 'Cut');
    const count = files().length;
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
    expect(files()).toHaveLength(count);
  });

  it('sweeps what a crash left after a day, and checks every file once a day', async () => {
    const keeper = server.app.get(BlobKeeper, { strict: false });
    const person = await registerLearner(server, 'Orphan');
    const id = await recordedOf(person, 'kept');
    const unit = { unit: 'a'.repeat(32), fingerprint: 'f'.repeat(64), key: Buffer.alloc(32) };
    const orphan = await server.platform.blobs.write('mira', unit, Readable.from([Buffer.from('left')]));
    const path = join(folder(), 'mira', orphan.blob.slice(0, 2), orphan.blob);
    await keeper.keepDue();
    expect(existsSync(path)).toBe(true);
    server.clock.advance(23 * hours);
    expect(await keeper.keepDue()).toBe(0);
    server.clock.advance(2 * hours);
    expect(await keeper.keepDue()).toBeGreaterThan(0);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(await fileOf(id))).toBe(true);
    expect(await metric('ardoise_blobs{organisation="mira",state="missing"}')).toBe(0);
    rmSync(await fileOf(id));
    server.clock.advance(25 * hours);
    await keeper.keepDue();
    expect(await metric('ardoise_blobs{organisation="mira",state="missing"}')).toBe(1);
  });

  it('keeps a signed sheet by the session that it was signed in', async () => {
    const person = await registerLearner(server, 'Signed');
    const session = await openSession(server, await createCourse(server));
    const at = `/v1/organisations/mira/persons/${person}/documents?kind=attendance-sheet&name=feuille.pdf`;
    const { body } = await server
      .http()
      .post(`${at}&session=${session}`)
      .set('content-type', 'application/pdf')
      .send(Buffer.from('%PDF'))
      .expect(201);
    expect((await server.get(`/documents/${body.id}`).expect(200)).body).toMatchObject({ session });
    const units = await server.platform.vault.unitsOf('mira', [person]);
    expect(units.filter(({ category }) => category === 'attendance')).toHaveLength(1);
  });
});

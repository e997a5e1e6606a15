import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Test } from 'supertest';
import { searchDatabase } from '../../test/support/search';
import { startTestServer, type TestServer } from '../../test/support/server';
import { createCourse, enrol, openSession, registerLearner } from '../../test/support/story';
import { RecordedBlobs } from './process/recorded-blobs';
import { HandingIn } from './spec-support/handing-in';

const marker = 'CANARY-B10B';

describe('documents over HTTP', () => {
  let server: TestServer;
  let documents: HandingIn;

  beforeAll(async () => {
    server = await startTestServer();
    documents = new HandingIn(server);
  });

  afterAll(() => server.close());

  it('records a document, shows it, lists it without its name, and gives its content to be saved', async () => {
    const person = await registerLearner(server, 'Ada');
    const course = await createCourse(server);
    const enrolment = await enrol(server, person, course);
    const created = await documents.upload(person, marker, `&enrolment=${enrolment}&source=person`).expect(201);
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
    const head = await server.http().head(`/v1/organisations/mira/documents/${created.body.id}/content`).expect(200);
    expect(head.headers['content-length']).toBe(String(marker.length));
    expect(await searchDatabase(server.platform.server.url, marker)).toEqual([]);
  });

  it('repeats a command for the same content, refuses the key for another, and writes no second file', async () => {
    const person = await registerLearner(server, 'Twice');
    const key = { 'idempotency-key': randomUUID() };
    const first = await documents.upload(person, 'content', '', key).expect(201);
    const count = documents.files().length;
    const again = await documents.upload(person, 'content', '', key).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    for (const other of [
      documents.upload(person, 'Content', '', key),
      documents.upload(person, 'content', '&source=person', key),
    ]) {
      expect((await other.expect(422)).body.code).toBe('idempotency-key-reused');
    }
    const same = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all([1, 2, 3].map(() => documents.upload(person, 'at once', '', same)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(documents.files()).toHaveLength(count + 1);
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

  it('answers 410 when the person is erased, and the file is gone; another person’s stays', async () => {
    const [gone, stays] = [await registerLearner(server, 'Gone'), await registerLearner(server, 'Stays')];
    const first = await documents.recorded(gone, `${marker} of the one`);
    const second = await documents.recorded(stays, `${marker} of the other`);
    const [path, kept] = [await documents.fileOf(first), await documents.fileOf(second)];
    for (const file of documents.files()) expect(readFileSync(file).includes(marker)).toBe(false);
    await server.post(`/persons/${gone}/erasures`).expect(202);
    await server.settled();
    expect(existsSync(path)).toBe(false);
    for (const file of documents.files()) expect(readFileSync(file).includes(marker)).toBe(false);
    for (const at of [`/documents/${first}`, `/documents/${first}/content`, `/persons/${gone}/documents`]) {
      await server.get(at).expect(410);
    }
    expect((await server.get(`/documents/${first}/content`)).body.code).toBe('erased');
    expect((await documents.upload(gone, 'more').expect(409)).body.code).toBe('person-erased');
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
    const id = await documents.recorded(person, 'of somebody else');
    const path = await documents.fileOf(id);
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

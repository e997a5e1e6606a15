import { randomUUID } from 'node:crypto';
import type { Recorder } from '@ardoise/decider';
import { startTestServer, type TestServer } from '../../test/support/server';

const zoe = {
  kinds: ['learner'],
  profileValues: [
    { name: 'given-name', value: 'Zoé' },
    { name: 'family-name', value: 'Lemaire' },
    { name: 'email', value: 'zoe.lemaire@example.org' },
  ],
};
const nobody = '0'.repeat(32);

describe('persons over HTTP', () => {
  let server: TestServer;
  let numbers = 0;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.close());

  const lms = () => ({ system: 'lms', externalId: `lms-${++numbers}` });
  const register = async (changes: object = {}): Promise<string> =>
    (await server.post('/persons', { ...zoe, ...changes }).expect(201)).body.id;
  const head = () => server.platform.store.head('mira');

  it('registers a person in one append, and shows them', async () => {
    const before = await head();
    const externalId = lms();
    const created = await server.post('/persons', { ...zoe, externalIds: [externalId] }).expect(201);
    const { id } = created.body;
    expect(created.headers).toMatchObject({ location: `/v1/organisations/mira/persons/${id}`, etag: '"5"' });
    expect(await server.platform.store.readLog('mira', before, 10)).toHaveLength(5);
    const shown = await server.get(`/persons/${id}`).expect(200);
    expect(shown.headers).toMatchObject({ etag: '"5"', 'cache-control': 'no-store' });
    expect(shown.body).toMatchObject({
      id,
      version: 5,
      kinds: ['learner'],
      profileValues: [
        { name: 'email', value: 'zoe.lemaire@example.org' },
        { name: 'family-name', value: 'Lemaire' },
        { name: 'given-name', value: 'Zoé' },
      ],
      externalIds: [{ ...externalId, person: id }],
      aliases: [],
    });
    const found = await server.get(`/persons?system=lms&externalId=${externalId.externalId}`).expect(200);
    expect(found.body).toEqual({ id });
  });

  it('gives the first answer to a repeated registration, and refuses its key for another', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = { ...zoe, externalIds: [lms()] };
    const first = await server.post('/persons', body, key).expect(201);
    const before = await head();
    const again = await server.post('/persons', body, key).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const stray = lms();
    const other = await server.post('/persons', { ...body, externalIds: [stray] }, key).expect(422);
    expect(other.body.code).toBe('idempotency-key-reused');
    expect(await head()).toBe(before);
    // The refused one holds nothing.
    await register({ externalIds: [stray] });
  });

  it('finishes a registration that was interrupted before its append', async () => {
    const { recorder } = server.platform as unknown as { recorder: Recorder };
    const lost = jest.spyOn(recorder, 'execute').mockRejectedValueOnce(new Error('the process died'));
    const key = { 'idempotency-key': randomUUID() };
    const body = { ...zoe, externalIds: [lms()] };
    await server.post('/persons', body, key).expect(500);
    lost.mockRestore();
    // Somebody else cannot have the id meanwhile.
    const taken = await server.post('/persons', body).expect(409);
    expect(taken.body.code).toBe('external-id-taken');
    const { id } = (await server.post('/persons', body, key).expect(201)).body;
    expect((await server.get(`/persons/${id}`).expect(200)).body.externalIds).toHaveLength(1);
  });

  it('gives an external id back that an abandoned registration has claimed', async () => {
    const { recorder } = server.platform as unknown as { recorder: Recorder };
    const lost = jest.spyOn(recorder, 'execute').mockRejectedValueOnce(new Error('the process died'));
    const body = { ...zoe, externalIds: [lms()] };
    await server.post('/persons', body).expect(500);
    lost.mockRestore();
    await server.post('/persons', body).expect(409);
    server.clock.advance(11 * 60_000);
    await server.post('/persons', body).expect(201);
  });

  it('rectifies a value, keeps its history, and refuses a stale version', async () => {
    const id = await register();
    const first = (await server.get(`/persons/${id}/profile-values`)).body.items[1];
    const path = `/persons/${id}/profile-values`;
    const body = {
      name: 'family-name',
      value: 'Le Maire',
      corrects: first.event,
      reason: 'misspelt',
      source: 'person',
    };
    const stale = await server.post(path, body, { 'if-match': '"3"' }).expect(412);
    expect(stale.body.code).toBe('stale-version');
    const changed = await server.post(path, body, { 'if-match': '"4"' }).expect(200);
    expect(changed.body).toMatchObject({ id, version: 5 });
    const shown = await server.get(`/persons/${id}`).expect(200);
    expect(shown.headers.etag).toBe('"5"');
    expect(shown.body.profileValues[1]).toMatchObject({ name: 'family-name', value: 'Le Maire' });
    const history = await server.get(path).expect(200);
    expect(history.body.items).toHaveLength(4);
    expect(history.body.items[1]).toMatchObject({ value: 'Lemaire', current: false, source: 'staff' });
    expect(history.body.items[3]).toMatchObject({
      value: 'Le Maire',
      current: true,
      source: 'person',
      corrects: first.event,
      reason: 'misspelt',
    });
    const wrong = await server.post(path, { ...body, name: 'given-name' }).expect(409);
    expect(wrong.body.code).toBe('not-correctable');
    const foreign = await server.post(path, { name: 'gender', value: 'x' }).expect(422);
    expect(foreign.body.code).toBe('field-not-in-profile');
  });

  it('moves an external id from one person to another', async () => {
    const [one, other] = [await register(), await register()];
    const externalId = lms();
    const key = { 'idempotency-key': randomUUID() };
    await server.post(`/persons/${one}/external-ids`, externalId, key).expect(200);
    const taken = await server.post(`/persons/${other}/external-ids`, externalId).expect(409);
    expect(taken.body.code).toBe('external-id-taken');
    const missing = await server.post(`/persons/${other}/external-ids/removal`, externalId).expect(404);
    expect(missing.body.code).toBe('external-id-not-found');
    const removal = { 'idempotency-key': randomUUID() };
    await server.post(`/persons/${one}/external-ids/removal`, externalId, removal).expect(200);
    await server.get(`/persons?system=lms&externalId=${externalId.externalId}`).expect(404);
    await server.post(`/persons/${other}/external-ids`, externalId).expect(200);
    // Late repetitions change nothing.
    await server.post(`/persons/${one}/external-ids`, externalId, key).expect(200);
    await server.post(`/persons/${one}/external-ids/removal`, externalId, removal).expect(200);
    const found = await server.get(`/persons?system=lms&externalId=${externalId.externalId}`).expect(200);
    expect(found.body.id).toBe(other);
    expect((await server.get(`/persons/${one}`)).body).toMatchObject({ version: 6, externalIds: [] });
  });

  it('reads duplicates as one while they are merged', async () => {
    const [person, duplicate] = [await register({ externalIds: [lms()] }), await register({ externalIds: [lms()] })];
    await server.post(`/persons/${duplicate}/profile-values`, { name: 'phone', value: '0612345678' }).expect(200);
    const key = { 'idempotency-key': randomUUID() };
    await server.post(`/persons/${duplicate}/merge`, { into: person }, key).expect(200);
    for (const [id, alias] of [
      [person, duplicate],
      [duplicate, person],
    ]) {
      const { body } = await server.get(`/persons/${id}`).expect(200);
      expect(body).toMatchObject({ id, aliases: [alias] });
      expect(body.mergedInto).toBe(id === duplicate ? person : undefined);
      expect(body.externalIds).toHaveLength(2);
      expect(body.profileValues.map(({ name }: { name: string }) => name)).toContain('phone');
    }
    const code = async (id: string, into: string) => (await server.post(`/persons/${id}/merge`, { into })).body.code;
    expect(await code(duplicate, person)).toBe('already-merged');
    expect(await code(person, duplicate)).toBe('merge-cycle');
    expect(await code(person, person)).toBe('merge-into-itself');
    expect(await code(person, nobody)).toBe('person-not-found');
    await server.post(`/persons/${duplicate}/unmerge`).expect(200);
    expect((await server.post(`/persons/${duplicate}/unmerge`)).body.code).toBe('not-merged');
    // A late repetition of the merge does not bring it back.
    await server.post(`/persons/${duplicate}/merge`, { into: person }, key).expect(200);
    const apart = await server.get(`/persons/${person}`).expect(200);
    expect(apart.body).toMatchObject({ aliases: [] });
    expect(apart.body.externalIds).toHaveLength(1);
  });

  it('merges only one way when two are merged into each other at once', async () => {
    const [one, other] = [await register(), await register()];
    const merges = await Promise.all([
      server.post(`/persons/${one}/merge`, { into: other }),
      server.post(`/persons/${other}/merge`, { into: one }),
    ]);
    expect(merges.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(merges.find(({ status }) => status === 409)?.body.code).toBe('merge-cycle');
    await server.settled();
    const shown = [await server.get(`/persons/${one}`), await server.get(`/persons/${other}`)];
    expect(shown.filter(({ body }) => body.mergedInto !== undefined)).toHaveLength(1);
  });

  it('registers a batch, each line for itself', async () => {
    const row = { ...zoe, idempotencyKey: randomUUID() };
    const lines = [row, { ...zoe, kinds: [], idempotencyKey: randomUUID() }, zoe, { ...row, idempotencyKey: 'x' }];
    const send = (body: string) =>
      server
        .http()
        .post('/v1/organisations/mira/persons/batch')
        .set('content-type', 'application/x-ndjson')
        .buffer(true)
        .parse((response, done) => {
          response.setEncoding('utf8');
          let text = '';
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () => done(null, text));
        })
        .send(body);
    const body = [...lines.map((line) => JSON.stringify(line)), '{"kinds":', ''].join('\n');
    const first = await send(body).expect(200);
    expect(first.headers['content-type']).toMatch(/^application\/x-ndjson/);
    const outcomes = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    const told = outcomes(first.body);
    expect(told[0]).toMatchObject({ line: 1, status: 201, version: 4 });
    expect(told.slice(1).map(({ problem }) => problem.code)).toEqual([
      'kinds-missing',
      'request-not-valid',
      'request-not-valid',
      'json-malformed',
    ]);
    const again = outcomes((await send(body).expect(200)).body);
    expect(again[0]).toEqual({ ...told[0], repeated: true });
  });

  it('lists persons page by page, with their names', async () => {
    await register();
    const first = await server.get('/persons?limit=1').expect(200);
    expect(first.body.items).toHaveLength(1);
    expect(first.body.items[0]).toMatchObject({ kinds: ['learner'], givenName: 'Zoé' });
    const second = await server.get(`/persons?limit=1&after=${first.body.next}`).expect(200);
    expect(second.body.items[0].id > first.body.items[0].id).toBe(true);
    const half = await server.get('/persons?system=lms').expect(422);
    expect(half.body.errors[0].at).toBe('externalId');
  });

  it('names whom it does not know, and says of an erased person that they are erased', async () => {
    const unknown = await server.get(`/persons/${nobody}`).expect(404);
    expect(unknown.body.code).toBe('person-not-found');
    await server.post(`/persons/${nobody}/external-ids`, lms()).expect(404);
    const key = { 'idempotency-key': randomUUID() };
    const body = { ...zoe, externalIds: [lms()] };
    const id = (await server.post('/persons', body, key).expect(201)).body.id;
    await server.post(`/persons/${id}/erasures`).expect(202);
    await server.settled();
    for (const path of ['', '/profile-values']) {
      const gone = await server.get(`/persons/${id}${path}`).expect(410);
      expect(gone.body.code).toBe('person-erased');
    }
    const late = await server.post(`/persons/${id}/profile-values`, zoe.profileValues[0]).expect(409);
    expect(late.body.code).toBe('person-erased');
    expect((await server.post('/persons', body, key)).status).toBe(410);
    // The external id is free again, and nobody is found by it.
    await server.get(`/persons?system=lms&externalId=${body.externalIds[0]?.externalId}`).expect(404);
    await server.post('/persons', body).expect(201);
  });
});

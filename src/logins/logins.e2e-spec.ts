import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from '../../test/support/server';

const login = { address: '192.0.2.1', browser: 'Firefox 150', operatingSystem: 'Debian' };

describe('logins over HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  beforeEach(() => server.clock.set(new Date('2026-03-02T22:30:00.000Z')));

  afterAll(() => server.close());

  const visitor = async (): Promise<string> =>
    (await server.post('/persons', { kinds: ['visitor'] }).expect(201)).body.id;

  it('records a login, and shows it', async () => {
    const person = await visitor();
    const created = await server.post(`/persons/${person}/logins`, login).expect(201);
    const shown = await server
      .http()
      .get(created.headers.location as string)
      .expect(200);
    const view = { id: created.body.id, person, occurredAt: '2026-03-02T22:30:00.000Z', ...login };
    expect(shown.body).toEqual(view);
    const list = await server.get(`/persons/${person}/logins`).expect(200);
    expect(list.body.items).toEqual([view]);
  });

  it('pages newest first, over the aliases of a person', async () => {
    const [person, duplicate] = [await visitor(), await visitor()];
    const at = (occurredAt: string) => ({ ...login, occurredAt });
    await server.post(`/persons/${person}/logins`, at('2026-03-01T08:00:00.250Z')).expect(201);
    await server.post(`/persons/${duplicate}/logins`, at('2026-03-01T09:00:00+01:00')).expect(201);
    await server.post(`/persons/${person}/logins`, at('2026-02-01T08:00:00Z')).expect(201);
    await server.post(`/persons/${duplicate}/merge`, { into: person }).expect(200);
    const seen: string[] = [];
    let after = '';
    do {
      const { body } = await server.get(`/persons/${person}/logins?limit=1${after && `&after=${after}`}`).expect(200);
      seen.push(...body.items.map(({ occurredAt }: { occurredAt: string }) => occurredAt));
      after = body.next ?? '';
    } while (after);
    expect(seen).toEqual(['2026-03-01T08:00:00.250Z', '2026-03-01T08:00:00.000Z', '2026-02-01T08:00:00.000Z']);
    const malformed = await server.get(
      `/persons/${person}/logins?after=${Buffer.from('["x","y"]').toString('base64url')}`,
    );
    expect([malformed.status, malformed.body.code]).toEqual([400, 'cursor-malformed']);
  });

  it('gives the first answer to a repeated command, also after midnight', async () => {
    const person = await visitor();
    const key = { 'idempotency-key': randomUUID() };
    const first = await server.post(`/persons/${person}/logins`, login, key).expect(201);
    // An hour later it is another day in Paris, and so another stream.
    server.clock.advance(60 * 60_000);
    const again = await server.post(`/persons/${person}/logins`, login, key).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await server.post(`/persons/${person}/logins`, { address: '192.0.2.2' }, key).expect(422);
    expect(other.body.code).toBe('idempotency-key-reused');
    await server.post(`/persons/${person}/logins`, login).expect(201);
    expect((await server.get(`/persons/${person}/logins`)).body.items).toHaveLength(2);
  });

  it('keeps one unit for each day', async () => {
    const person = await visitor();
    for (const occurredAt of ['2026-03-01T22:59:59Z', '2026-03-01T23:00:00Z', '2026-03-02T12:00:00Z']) {
      await server.post(`/persons/${person}/logins`, { ...login, occurredAt }).expect(201);
    }
    const units = await server.platform.vault.unitsOf('mira', [person]);
    expect(units.filter(({ category }) => category === 'technical')).toHaveLength(2);
  });

  it('refuses what is older than the technical period, and counts it date to date', async () => {
    const person = await visitor();
    const at = (occurredAt: string) => server.post(`/persons/${person}/logins`, { ...login, occurredAt });
    const refused = await at('2025-03-01T22:00:00Z');
    expect([refused.status, refused.body.code]).toEqual([422, 'older-than-retention']);
    await at('2025-03-02T08:00:00Z').expect(201);
  });

  it('refuses what is no login, a stale version, and whoever is not there', async () => {
    const person = await visitor();
    const address = await server.post(`/persons/${person}/logins`, { address: 'CANARY' }).expect(422);
    expect(address.body).toMatchObject({ code: 'request-not-valid', errors: [{ at: '/address' }] });
    expect(JSON.stringify(address.body)).not.toContain('CANARY');
    await server.post(`/persons/${person}/logins`, login, { 'if-match': '"1"' }).expect(412);
    const future = await server.post(`/persons/${person}/logins`, { ...login, occurredAt: '2026-03-03T12:00:00Z' });
    expect([future.status, future.body.code]).toEqual([422, 'occurred-in-the-future']);
    const unknown = await server.post(`/persons/${'0'.repeat(32)}/logins`, login).expect(404);
    expect(unknown.body.code).toBe('person-not-found');
    await server.get(`/persons/${'0'.repeat(32)}/logins`).expect(404);
    await server.get(`/persons/${person}/logins/${'0'.repeat(32)}`).expect(404);
    await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    expect((await server.get(`/persons/${person}/logins`).expect(410)).body.code).toBe('person-erased');
    expect((await server.post(`/persons/${person}/logins`, login).expect(409)).body.code).toBe('person-erased');
  });
});

import { startTestServer, type TestServer } from './support/server';

describe('requests that cannot be read', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.close());

  it.each(['%ff', '%', '%zz'])('an address with %s is refused as a problem that does not quote it', async (part) => {
    const answer = await server.get(`/persons/Lemaire${part}`).expect(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body.code).toBe('request-malformed');
    expect(answer.text).not.toContain('Lemaire');
  });

  it('so is a part of an address that is too long', async () => {
    const answer = await server.get(`/persons/${'Lemaire'.repeat(40)}`).expect(414);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body.code).toBe('address-too-long');
    expect(answer.text).not.toContain('Lemaire');
  });

  it('every list refuses a cursor that is none of its own', async () => {
    const id = '0'.repeat(32);
    const { id: person } = (
      await server.post('/persons', {
        kinds: ['learner'],
        profileValues: [
          { name: 'given-name', value: 'Zoé' },
          { name: 'family-name', value: 'Lemaire' },
          { name: 'email', value: 'zoe.lemaire@example.org' },
        ],
      })
    ).body;
    const lists = [
      '/courses',
      '/sessions',
      '/persons',
      `/persons/${person}/logins`,
      `/persons/${person}/payments`,
      `/persons/${person}/enrolments`,
    ];
    for (const list of lists) {
      for (const key of [[], ['x'], ['x', id], ['\u0000', '\u0000'], ['2026-02-30', id], [id, id, id]]) {
        const after = Buffer.from(JSON.stringify(key)).toString('base64url');
        const answer = await server.get(`${list}?after=${after}`);
        expect([list, key, answer.status, answer.body.code]).toEqual([list, key, 400, 'cursor-malformed']);
      }
    }
  });
});

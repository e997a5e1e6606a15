import { startTestServer, type TestServer } from '../../test/support/server';

const zoe = {
  kinds: ['learner'],
  profileValues: [
    { name: 'given-name', value: 'Zoé' },
    { name: 'family-name', value: 'Lemaire' },
    { name: 'email', value: 'zoe.lemaire@example.org' },
  ],
};

describe('what is refused of persons', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server.close());

  const head = () => server.platform.store.head('mira');

  it.each([
    ['no kind', { kinds: [] }, 'kinds-missing', '/kinds'],
    ['an unknown kind', { kinds: ['robot'] }, 'request-not-valid', '/kinds'],
    ['a kind that nothing concerns', { kinds: ['supplier-contact'] }, 'kind-not-in-profile', '/kinds/0'],
    ['a missing value', { profileValues: zoe.profileValues.slice(1) }, 'profile-value-missing', '/profileValues'],
    [
      'PAR-04: a field that is not in the profile',
      { profileValues: [{ name: 'nationality', value: 'x' }] },
      'field-not-in-profile',
      '/profileValues/0/name',
    ],
    [
      'a malformed email',
      { profileValues: [{ name: 'email', value: 'CANARY' }] },
      'email-malformed',
      '/profileValues/0/value',
    ],
    [
      'a birth date that does not exist',
      { profileValues: [{ name: 'birth-date', value: '1990-02-30' }] },
      'birth-date-malformed',
      '/profileValues/0/value',
    ],
    [
      'an external id twice',
      { externalIds: [1, 2].map(() => ({ system: 'lms', externalId: 'twice' })) },
      'external-id-twice',
      '/externalIds/1',
    ],
    [
      'a system that is not in the profile',
      { externalIds: [{ system: 'student-number', externalId: '1' }] },
      'external-id-system-not-in-profile',
      '/externalIds/0/system',
    ],
    ['a certification that nobody asks for', { ageCertified: true }, 'age-certification-not-asked', '/ageCertified'],
    ['an unknown field', { colour: 'red' }, 'request-not-valid', '/colour'],
  ])('refuses %s, and says where', async (_, changes, code, at) => {
    const before = await head();
    const refused = await server.post('/persons', { ...zoe, ...changes }).expect(422);
    expect(refused.body.code).toBe(code);
    expect(refused.body.errors.map((error: { at: string }) => error.at)).toContain(at);
    expect(JSON.stringify(refused.body)).not.toContain('CANARY');
    expect(await head()).toBe(before);
  });

  it('refuses a text that no store takes', async () => {
    const profileValues = [{ name: 'given-name', value: 'a\0b' }];
    const refused = await server.post('/persons', { ...zoe, profileValues }).expect(422);
    expect(refused.body.code).toBe('text-not-storable');
  });

  it('refuses a page after what is no person', async () => {
    const after = Buffer.from('["a\\u0000b"]').toString('base64url');
    const refused = await server.get(`/persons?after=${after}`).expect(400);
    expect(refused.body.code).toBe('cursor-malformed');
  });

  it.each([
    ['MVX-27', 'miravolunex', 18],
    ['MON-20', 'moniravique', 16],
  ])('%s: registers at %s only who certified to have the age', async (_, organisation, age) => {
    const post = (body: object) =>
      server.http().post(`/v1/organisations/${organisation}/persons`).set('prefer', 'wait=20').send(body);
    const before = await server.platform.store.head(organisation);
    expect((await post(zoe)).body.code).toBe('age-certification-missing');
    const under = await post({ ...zoe, ageCertified: false });
    expect([under.status, under.body.code]).toEqual([422, 'under-age']);
    expect(await server.platform.store.head(organisation)).toBe(before);
    const { id } = (await post({ ...zoe, ageCertified: true }).expect(201)).body;
    const shown = await server.http().get(`/v1/organisations/${organisation}/persons/${id}`).expect(200);
    expect(shown.body.certifiedAge).toBe(age);
  });
});

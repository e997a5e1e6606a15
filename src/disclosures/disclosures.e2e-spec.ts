import { randomUUID } from 'node:crypto';
import { checkDisclosure, type Disclosure } from '@ardoise/disclosure';
import { leafHash, openCheckpoint, parseVerifierKey, verifierKey, verifyInclusion } from '@ardoise/ledger';
import { erased } from '../../test/support/erasing';
import { startTestServer, type TestServer } from '../../test/support/server';
import { createCourse, enrol, registerLearner, storyCourse } from '../../test/support/story';

const publicUrl = 'https://records.example.org';

describe('disclosures', () => {
  let server: TestServer;
  let course: string;

  beforeAll(async () => {
    server = await startTestServer({ environment: { ARDOISE_PUBLIC_URL: `${publicUrl}/` } });
    course = await createCourse(server);
  });
  afterAll(() => server.close());

  const to = { recipient: 'Atelier Nadar', recipientKind: 'employer', ground: 'RGPD art. 6(1)(a)' };
  const disclose = (body: object, headers = {}) => server.post('/disclosures', { ...to, ...body }, headers);
  const disclosures = async (person: string) =>
    (await server.get(`/persons/${person}/disclosures`).expect(200)).body.items;

  /** The event of a stream, opened. */
  async function events(stream: string) {
    const { store, opener } = server.platform;
    return opener.open('mira', await store.readStream('mira', stream));
  }

  async function learnerWithResult(name: string) {
    const person = await registerLearner(server, name);
    const enrolment = await enrol(server, person, course);
    for (const [path, body] of [
      ['module-completions', { module: 'm1' }],
      ['module-completions', { module: 'm2' }],
      ['grades', { assessment: 'final', score: 15 }],
    ] as const) {
      await server.post(`/enrolments/${enrolment}/${path}`, body).expect(200);
    }
    await server.settled();
    const [kept] = (await server.get(`/persons/${person}/evidence`).expect(200)).body.items;
    return { person, enrolment, evidence: `evidence-${kept.id}` };
  }

  async function profileOf(person: string): Promise<{ stream: string; version: number; value: string }> {
    const stream = `person-${person}`;
    const found = (await events((await server.platform.vault.person('mira', person))?.stream ?? stream)).find(
      ({ sections }) => sections.self?.fields.name === 'family-name',
    );
    return { stream: found!.stream, version: found!.version, value: found!.sections.self!.fields.value as string };
  }

  it('MIRA-08 are recorded with recipient, category, ground and scope before they are handed out, and listed', async () => {
    const { person, evidence } = await learnerWithResult('Ada');
    const head = await server.platform.store.head('mira');
    const asked = {
      stream: evidence,
      version: 0,
      sections: [{ role: 'learner', fields: ['outcome', 'courseTitle'] }],
      purpose: 'Une embauche',
    };
    const { text, headers } = await disclose(asked).expect(201);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(await server.platform.store.readLog('mira', head, 10)).toHaveLength(1);
    const file = JSON.parse(text) as Disclosure;
    const check = checkDisclosure(text, { keys: file.keys.map(parseVerifierKey) });
    expect(check).toMatchObject({
      verdict: 'in-part',
      shown: {
        event: { organisation: 'mira', type: 'result-kept', stream: evidence, version: 0 },
        sections: [
          {
            section: 0,
            fields: [
              { name: 'courseTitle', value: storyCourse.title },
              { name: 'outcome', value: 'completed' },
            ],
          },
        ],
      },
    });
    expect(text).not.toContain(person);
    const [event] = await events(evidence);
    expect(await disclosures(person)).toEqual([
      {
        id: headers['ardoise-disclosure'],
        ...to,
        purpose: 'Une embauche',
        event: event!.id,
        eventType: 'result-kept',
        sections: [{ category: 'evidence', fields: ['courseTitle', 'outcome'] }],
        recordedAt: '2026-03-02T09:00:00.000Z',
      },
    ]);
  });

  it('are sealed as a whole, in a stream of their own, in a category that no erasure leaves', async () => {
    const person = await registerLearner(server, 'Berthe');
    const { stream, version } = await profileOf(person);
    const { headers } = await disclose({ stream, version, sections: [{ fields: ['value'] }] }).expect(201);
    const units = await server.platform.vault.unitsOf('mira', [person]);
    const unit = units.find((one) => one.stream.startsWith('disclosure-'))!;
    expect(unit).toMatchObject({ category: 'administrative', person });
    const [stored] = await server.platform.store.readStream('mira', unit.stream);
    const header = stored!.header.toString('utf8');
    expect(header).toContain(headers['ardoise-disclosure']);
    for (const secret of ['Nadar', 'employer', person, stream]) expect(header).not.toContain(secret);
    for (const policy of server.platform.policies.values()) {
      const { purposes, byDay = false } = policy.categories.administrative;
      expect([purposes.length > 0, byDay]).toEqual([true, false]);
    }
  });

  it('are once what one command asked for', async () => {
    const person = await registerLearner(server, 'Colette');
    const { stream, version } = await profileOf(person);
    const asked = { stream, version, sections: [{ fields: ['value'] }] };
    const key = { 'idempotency-key': randomUUID() };
    const first = await disclose(asked, key).expect(201);
    const again = await disclose(asked, key).expect(201);
    expect(again.headers).toMatchObject({
      'ardoise-disclosure': first.headers['ardoise-disclosure'],
      'idempotency-replayed': 'true',
    });
    await disclose({ ...asked, recipient: 'Somebody else' }, key).expect(422);
    expect(await disclosures(person)).toHaveLength(1);
  });

  it('are refused for what is not there, and leave no record', async () => {
    const person = await registerLearner(server, 'Daria');
    const { stream, version } = await profileOf(person);
    const head = await server.platform.store.head('mira');
    const refused = async (change: object, status: number, code: string) => {
      const asked = { stream, version, sections: [{ fields: ['value'] }], ...change };
      expect((await disclose(asked).expect(status)).body.code).toBe(code);
    };
    await refused({ version: 99 }, 404, 'event-not-found');
    await refused({ stream: `person-${'0'.repeat(32)}` }, 404, 'event-not-found');
    await refused({ stream: 'a stream' }, 422, 'request-not-valid');
    await refused({ sections: [{ fields: ['score'] }] }, 422, 'field-unknown');
    await refused({ sections: [{ role: 'self', fields: ['value', 'request'] }] }, 422, 'field-unknown');
    await refused({ sections: [{ role: 'author', fields: ['value'] }] }, 422, 'section-unknown');
    await refused({ sections: [{ role: 'self', fields: [] }] }, 422, 'fields-missing');
    await refused({ sections: [] }, 422, 'fields-missing');
    await refused({ recipient: '' }, 422, 'request-not-valid');
    await refused({ ground: undefined }, 422, 'request-not-valid');
    expect(await server.platform.store.head('mira')).toBe(head);
  });

  it('are answered as a page that carries the file and a code that leads to the leaf', async () => {
    const person = await registerLearner(server, 'Emma');
    const { stream, version } = await profileOf(person);
    const asked = { stream, version, sections: [{ fields: ['value'] }] };
    const { text, headers } = await disclose(asked, { accept: 'text/html,application/xhtml+xml' }).expect(201);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'sha256-/);
    const carried = /id="disclosure">(.*)<\/script>/.exec(text)?.[1] as string;
    const file = JSON.parse(carried) as Disclosure;
    expect(checkDisclosure(carried).verdict).toBe('in-part');
    const look = `/v1/organisations/mira/ledger/1/leaves/${file.index}`;
    expect(text).toContain(publicUrl + look);
    expect(text).toContain('<svg');
    const { body: leaf } = await server.http().get(look).expect(200);
    expect(leaf.leafHash).toBe(leafHash(Buffer.from(file.header)).toString('hex'));
    const [key] = await server.platform.ledgerKeys.published();
    const { checkpoint } = openCheckpoint(Buffer.from(leaf.checkpoint), [verifierKey(leaf.origin, 1, key!.publicKey)]);
    expect([checkpoint.origin, checkpoint.size]).toEqual([leaf.origin, leaf.size]);
    verifyInclusion({
      index: leaf.index,
      size: leaf.size,
      leaf: Buffer.from(leaf.leafHash, 'hex'),
      proof: leaf.proof.map((hash: string) => Buffer.from(hash, 'base64')),
      root: checkpoint.root,
    });
  });

  it('lead to leaves that are there, and to no others', async () => {
    for (const path of ['ledger/1/leaves/999999', 'ledger/2/leaves/0', 'ledger/1/leaves/01', 'ledger/x/leaves/0']) {
      expect((await server.get(`/${path}`).expect(404)).body.code).toBe('leaf-not-found');
    }
  });

  it('are refused in quarantine, before anything is handed out', async () => {
    const person = await registerLearner(server, 'Flora');
    const { stream, version } = await profileOf(person);
    server.platform.quarantines.begin({
      organisation: 'mira',
      reasons: [{ code: 'log-older', detail: 'for this test' }],
    } as never);
    try {
      const { body } = await disclose({ stream, version, sections: [{ fields: ['value'] }] }).expect(503);
      expect(body.code).toBe('organisation-quarantined');
    } finally {
      server.platform.quarantines.end('mira');
    }
    expect(await disclosures(person)).toEqual([]);
  });

  describe('after an erasure', () => {
    let person: string;
    let evidence: string;
    let profile: { stream: string; version: number; value: string };
    let before: string;

    beforeAll(async () => {
      ({ person, evidence } = await learnerWithResult('Gala'));
      profile = await profileOf(person);
      const { stream, version } = profile;
      before = (await disclose({ stream, version, sections: [{ fields: ['value'] }] }).expect(201)).text;
      await erased(server, person);
    });

    it('nothing of what was erased can be disclosed any more, and who received it is forgotten', async () => {
      const { stream, version } = profile;
      for (const section of [{ fields: ['value'] }, { role: 'self', fields: ['value'] }]) {
        const { body } = await disclose({ stream, version, sections: [section] }).expect(410);
        expect(body).toMatchObject({
          code: 'erased',
          detail: expect.stringMatching(/by event [0-9a-f]{32}$/) as string,
        });
      }
      expect((await server.get(`/persons/${person}/disclosures`).expect(410)).body.code).toBe('person-erased');
      const { rows } = await server.platform.pools.read.query('SELECT 1 FROM read.made_disclosures WHERE person = $1', [
        person,
      ]);
      expect(rows).toEqual([]);
    });

    it('a file of before still verifies as what it was', () => {
      const { keys } = JSON.parse(before) as Disclosure;
      expect(checkDisclosure(before, { keys: keys.map(parseVerifierKey) })).toMatchObject({
        verdict: 'in-part',
        shown: { key: { given: true }, sections: [{ fields: [{ name: 'value', value: profile.value }] }] },
      });
    });

    it('what was kept is disclosed on the ground that it is kept on, and that is recorded beside it', async () => {
      const asked = { stream: evidence, version: 0, sections: [{ fields: ['courseTitle', 'endedOn'] }] };
      expect((await disclose(asked).expect(409)).body.code).toBe('kept-on-another-ground');
      const ground = (await server.platform.vault.unitsOfStream('mira', evidence))[0]!.ground!;
      const { text } = await disclose({ ...asked, ground, recipientKind: 'court' }).expect(201);
      expect(checkDisclosure(text).verdict).toBe('in-part');
      const kept = (await events(evidence)).at(-1);
      expect(kept).toMatchObject({
        type: 'disclosure-made',
        sections: { self: { category: 'evidence', fields: { recipientKind: 'court', ground } } },
      });
    });
  });
});

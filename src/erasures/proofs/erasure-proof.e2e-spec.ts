import { parseVerifierKey } from '@ardoise/ledger';
import { erased } from '../../../test/support/erasing';
import { startTestServer, type TestServer } from '../../../test/support/server';
import { createCourse, openSession, registerLearner, tellStory } from '../../../test/support/story';
import { readErasureProof, writeErasureProof, type ErasureProof } from './erasure-proof';
import { checkErasureProof } from './erasure-proof-check';

type Alterable = Record<keyof ErasureProof | 'also', any>; // eslint-disable-line @typescript-eslint/no-explicit-any

describe('the proof of an erasure', () => {
  let server: TestServer;
  let path: string;
  let text: string;
  let proof: ErasureProof;
  let receiptKey: string;

  beforeAll(async () => {
    server = await startTestServer();
    const course = await createCourse(server);
    const session = await openSession(server, course, 12);
    const { person } = await tellStory(server, 'Proof', { course, session });
    path = `/erasures/${await erased(server, person)}/proof`;
    const answer = await server.get(path).expect(200);
    text = answer.text;
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    proof = readErasureProof(text);
    receiptKey = (await server.http().get('/v1/receipt-keys').expect(200)).body[0].publicKey;
  });
  afterAll(() => server.close());

  const keys = () => proof.ledgers[0]!.keys.map(parseVerifierKey);
  const nobody = { logs: [], witnesses: [], isSatisfied: () => true };
  const whole = () => ({ keys: keys(), policy: nobody, receiptKey });
  const altered = (change: (one: Alterable) => void): string => {
    const one = JSON.parse(text);
    change(one);
    return writeErasureProof(one);
  };
  const codeOf = async (file: string) => (await checkErasureProof(file, whole())).wrong?.code;

  it('is the receipt, and that the ledger names its keys as ended, checked without the server', async () => {
    const check = await checkErasureProof(text, whole());
    expect(check).toMatchObject({
      verdict: 'verified',
      unchecked: [],
      receipt: { verdict: 'verified', log: { units: { named: proof.receipt.units.length } } },
      ledgers: [{ origin: expect.stringMatching(/\/mira\/1$/) as string, key: { given: true } }],
    });
    expect(proof.receipt.units.length).toBeGreaterThan(8);
    expect(check.ledgers[0]!.leaves.length).toBeGreaterThan(0);
  });

  it('is proven in part where keys come from nowhere but the file', async () => {
    const { verdict, unchecked } = await checkErasureProof(text);
    expect([verdict, unchecked]).toEqual([
      'in-part',
      [
        expect.stringMatching(/^whose the signature is/),
        expect.stringMatching(/^whose the ledger's key is/),
        expect.stringMatching(/^whether witnesses/),
      ],
    ]);
  });

  it('is refused when anything of it is another', async () => {
    const first = (one: Alterable) => one.ledgers[0].events[0];
    const cases: [string, string][] = [
      ['signature-invalid', altered((one) => (one.receipt.completedAt = '2026-03-02T09:00:41.000Z'))],
      [
        'inclusion-root-differs',
        altered((one) => (first(one).header = first(one).header.replace('erasure', 'retention'))),
      ],
      ['inclusion-index-outside', altered((one) => (first(one).index = 1e9))],
      ['log-of-another', altered((one) => (one.ledgers = []))],
      ['proof-malformed', altered((one) => (one.ledgers[0].events = []))],
      ['proof-malformed', altered((one) => delete one.receipt.salt)],
      ['proof-of-other-format', altered((one) => (one.format = 2))],
      ['proof-not-canonical', altered((one) => (one.also = 1))],
      ['proof-not-canonical', `${text}\n`],
      ['proof-malformed', text.slice(1)],
      [
        'ledger-unknown',
        altered(
          (one) =>
            (one.ledgers[0].checkpoint = 'x/mira/2\n1\n' + one.ledgers[0].checkpoint.split('\n').slice(2).join('\n')),
        ),
      ],
    ];
    for (const [code, file] of cases) expect([code, await codeOf(file)]).toEqual([code, code]);
  });

  it('is a page of plain words in French and English', async () => {
    const { text: page, headers } = await server.get(path).set('accept', 'text/html').expect(200);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page).toContain('Preuve d’effacement');
    expect(page).toContain('Proof of erasure');
    expect(page).toContain(proof.ledgers[0]!.checkpoint.split('\n')[0]);
    expect(page).not.toMatch(/<script|https?:|src=|href=|\son\w+=/);
  });

  it('is there as long as the receipt can be collected', async () => {
    expect((await server.get(`/erasures/${'0'.repeat(32)}/proof`).expect(404)).body.code).toBe('erasure-not-found');
    const person = await registerLearner(server, 'Later');
    const { body } = await server.post(`/persons/${person}/erasures`).expect(202);
    const { status, body: problem } = await server.get(`/erasures/${body.id}/proof`);
    if (status !== 200) expect([status, problem.code]).toEqual([409, 'erasure-under-way']);
    await server.settled();
    await server.platform.pools.read.query('UPDATE erasures.processes SET receipt = NULL');
    expect((await server.get(path).expect(410)).body.code).toBe('receipt-forgotten');
  });
});

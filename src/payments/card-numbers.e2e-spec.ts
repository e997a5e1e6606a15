import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { startTestServer, type TestServer } from '../../test/support/server';

const card = '4970101234567890';
const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** Every table of the database as text, bytes in hexadecimal. */
async function everyRow(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    let text = '';
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ line: string }>(`SELECT t::text AS line FROM ${name} t`);
      text += rows.map(({ line }) => line).join('\n');
    }
    return text;
  } finally {
    await client.end();
  }
}

describe('MVX-14 card numbers', () => {
  let server: TestServer;
  const number = [...Array(10).keys()].map((digit) => card.slice(0, -1) + String(digit)).find(passes) as string;
  const spaced = number.replace(/(....)/g, '$1 ').trim();

  beforeAll(async () => {
    server = await startTestServer({ organisation: 'miravolunex' });
  });

  afterAll(() => server.close());

  const invoice = '0'.repeat(32);
  const payment = { movement: 'captured', reference: 'pi_1', amount: 100, currency: 'EUR' };
  const line = { label: 'x', quantity: 1, unitAmount: 1, amount: 1 };

  it.each([
    ['a reference', `/invoices/${invoice}/payments`, { ...payment, reference: number }, '/reference'],
    ['a means of payment', `/invoices/${invoice}/payments`, { ...payment, method: `CB ${spaced}` }, '/method'],
    ['an amount', `/invoices/${invoice}/payments`, { ...payment, amount: Number(number) }, '/amount'],
    ['an unknown field', `/invoices/${invoice}/payments`, { ...payment, card: { pan: number } }, '/card/pan'],
    ['the name of a field', `/invoices/${invoice}/payments`, { ...payment, [number]: 1 }, ''],
    ['a line', '/invoices', { lines: [line, { ...line, label: `payé par ${spaced}` }] }, '/lines/1/label'],
    ['a reason', `/invoices/${invoice}/corrections`, { reason: number.replace(/(....)/g, '$1-') }, '/reason'],
    [
      "a person's name",
      '/persons',
      { profileValues: [{ name: 'given-name', value: number }] },
      '/profileValues/0/value',
    ],
    ["a course's title", '/courses', { title: spaced.replaceAll(' ', '.') }, '/title'],
  ])('are refused in %s, and nothing of them is kept or told', async (_, path, body, at) => {
    const head = await server.platform.store.head('miravolunex');
    const refused = await server.post(path, body).expect(422);
    expect(refused.body.code).toBe('card-number-refused');
    expect(refused.body.errors).toEqual([{ at, detail: expect.any(String) as string }]);
    expect(digitsOf(refused.text)).not.toContain(number.slice(0, 8));
    expect(await server.platform.store.head('miravolunex')).toBe(head);
  });

  it('are refused in addresses too', async () => {
    const inPath = await server.post(`/invoices/${number}/payments`, payment).expect(422);
    expect(inPath.body).toMatchObject({ code: 'card-number-refused', errors: [{ at: 'invoice' }] });
    const inQuery = await server.get(`/invoices/${invoice}?ground=${number}`).expect(422);
    expect(inQuery.body).toMatchObject({ code: 'card-number-refused', errors: [{ at: 'ground' }] });
  });

  it('are refused line by line in a batch', async () => {
    const lineOf = (value: string): string =>
      JSON.stringify({
        idempotencyKey: randomUUID(),
        kinds: ['learner'],
        profileValues: [
          { name: 'given-name', value },
          { name: 'family-name', value: 'Martin' },
          { name: 'email', value: `${randomUUID()}@example.org` },
        ],
      });
    const { text } = await server
      .http()
      .post('/v1/organisations/miravolunex/persons/batch')
      .set({ 'content-type': 'application/x-ndjson' })
      .send(`${lineOf('Ada')}\n${lineOf(spaced)}\n`)
      .expect(200);
    const outcomes = text
      .trim()
      .split('\n')
      .map((outcome) => JSON.parse(outcome) as { problem?: { code: string; errors: { at: string }[] } });
    expect(outcomes[0]?.problem?.code).not.toBe('card-number-refused');
    expect(outcomes[1]?.problem).toMatchObject({
      code: 'card-number-refused',
      errors: [{ at: '/profileValues/0/value' }],
    });
  });

  it('stand in no table afterwards, in clear or as bytes', async () => {
    const text = await everyRow(server.platform.server.url);
    expect(text.length).toBeGreaterThan(1_000);
    for (const written of [number, spaced]) {
      expect(text).not.toContain(written);
      expect(text).not.toContain(Buffer.from(written).toString('hex'));
    }
  });
});

function passes(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, character, index) => {
    const digit = Number(character) * (index % 2 === 1 ? 2 : 1);
    return total + (digit > 9 ? digit - 9 : digit);
  }, 0);
  return sum % 10 === 0;
}

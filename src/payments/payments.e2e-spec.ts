import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from '../../test/support/server';

const invoice = {
  number: 'F-2026-001',
  issuedOn: '2026-03-01',
  buyer: { name: 'CANARY-Martin', address: '1 rue des Lilas, 59000 Lille', registration: '36252187900034' },
  lines: [
    {
      label: 'Formation',
      courseTitle: 'Premiers secours',
      from: '2026-04-01',
      to: '2026-04-02',
      quantity: 1.5,
      unitAmount: 33_333,
      amount: 50_000,
    },
    { label: 'Dossier', quantity: 1, unitAmount: 10_000, amount: 10_000 },
  ],
  currency: 'EUR',
  total: 60_000,
  instalments: [
    { dueOn: '2026-03-01', amount: 30_000 },
    { dueOn: '2026-05-01', amount: 30_000 },
  ],
};
const payment = { movement: 'captured', reference: 'pi_1', amount: 30_000, currency: 'EUR', method: 'card' };

describe('payments over HTTP', () => {
  let server: TestServer;
  let person: string;

  const register = async (): Promise<string> => {
    const body = {
      kinds: ['learner'],
      profileValues: [
        { name: 'given-name', value: 'Ada' },
        { name: 'family-name', value: 'CANARY-Martin' },
        { name: 'email', value: `${randomUUID()}@example.org` },
      ],
    };
    return (await server.post('/persons', body).expect(201)).body.id as string;
  };
  const record = async (changes: object = {}): Promise<string> =>
    (await server.post('/invoices', { person, ...invoice, ...changes }).expect(201)).body.id as string;
  const shown = async (id: string) => (await server.get(`/invoices/${id}`).expect(200)).body;

  beforeAll(async () => {
    server = await startTestServer({ organisation: 'parene' });
    person = await register();
  });

  afterAll(() => server.close());

  it('records an invoice as issued, and shows its account', async () => {
    const created = await server.post('/invoices', { person, ...invoice }).expect(201);
    expect(created.headers.location).toBe(`/v1/organisations/parene/invoices/${created.body.id}`);
    const { instalments, total, ...issued } = invoice;
    const got = await server.get(`/invoices/${created.body.id}`).expect(200);
    expect(got.headers.etag).toBe('"1"');
    expect(got.body).toMatchObject({
      ...issued,
      person,
      annulled: false,
      account: { total, captured: 0, refunded: 0, credited: 0, balance: 60_000 },
      instalments: instalments.map((one) => ({ ...one, paid: 0 })),
    });
    expect(got.body.instalments.map(({ state }: { state: string }) => state)).toEqual(['overdue', 'due']);
    expect(got.body).not.toHaveProperty('kept');
  });

  it('keeps the account through payments, refunds and credit notes', async () => {
    const id = await record();
    await server.post(`/invoices/${id}/payments`, { ...payment, instalment: 1 }).expect(200);
    await server.post(`/invoices/${id}/payments`, { ...payment, movement: 'failed', reference: 'pi_2' }).expect(200);
    const refund = { ...payment, movement: 'refunded', reference: 're_1', amount: 5_000 };
    await server.post(`/invoices/${id}/payments`, refund).expect(200);
    const creditNote = { number: 'A-1', issuedOn: '2026-03-02', amount: 10_000, reason: 'une journée annulée' };
    await server.post(`/invoices/${id}/credit-notes`, creditNote).expect(200);
    const view = await shown(id);
    expect(view.account).toEqual({
      total: 60_000,
      captured: 30_000,
      refunded: 5_000,
      credited: 10_000,
      balance: 25_000,
    });
    expect(view.version).toBe(5);
    expect(view.payments.map(({ movement }: { movement: string }) => movement)).toEqual([
      'captured',
      'failed',
      'refunded',
    ]);
    expect(view.creditNotes).toMatchObject([creditNote]);
    expect(view.instalments.map(({ state }: { state: string }) => state)).toEqual(['paid', 'partly-paid']);
  });

  it("takes a provider's movement once, whatever the key, and answers with the first", async () => {
    const id = await record();
    const first = await server.post(`/invoices/${id}/payments`, payment).expect(200);
    const again = await server.post(`/invoices/${id}/payments`, payment).expect(200);
    expect(again.body.events).toEqual(first.body.events);
    expect(again.headers['idempotency-replayed']).toBe('true');
    await Promise.all(
      Array.from({ length: 10 }, () => server.post(`/invoices/${id}/payments`, { ...payment, reference: 'pi_9' })),
    );
    const view = await shown(id);
    expect(view.payments).toHaveLength(2);
    expect(view.account.captured).toBe(60_000);
  });

  it('gives the first answer to a repeated command', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = await server.post('/invoices', { person, ...invoice }, key).expect(201);
    const again = await server.post('/invoices', { person, ...invoice }, key).expect(201);
    expect(again.body).toEqual(first.body);
    const other = await server.post('/invoices', { person, ...invoice, number: 'F-2' }, key).expect(422);
    expect(other.body.code).toBe('idempotency-key-reused');
  });

  it('corrects a payment, and a correction, and never what was issued', async () => {
    const id = await record();
    const correct = (body: object) =>
      server.post(`/invoices/${id}/corrections`, { reason: 'montant mal saisi', ...body });
    const [event] = (await server.post(`/invoices/${id}/payments`, payment).expect(200)).body.events as [string];
    const fixed = await correct({ event, action: 'corrected', changes: { amount: 20_000 } }).expect(200);
    expect((await shown(id)).account).toMatchObject({ captured: 20_000, balance: 40_000 });
    await correct({ event: fixed.body.events[0], action: 'annulled' }).expect(200);
    expect((await shown(id)).account.captured).toBe(30_000);
    const { event: issued } = await shown(id);
    const altered = await correct({ event: issued, action: 'corrected', changes: { amount: 1 } }).expect(409);
    expect(altered.body.code).toBe('issued-document-not-altered');
    const inUse = await correct({ event: issued, action: 'annulled' }).expect(409);
    expect(inUse.body.code).toBe('invoice-in-use');
    await correct({ event, action: 'annulled' }).expect(200);
    await correct({ event: issued, action: 'annulled' }).expect(200);
    const view = await shown(id);
    expect(view.annulled).toBe(true);
    expect(view.corrections).toHaveLength(4);
    const late = await server.post(`/invoices/${id}/payments`, { ...payment, reference: 'pi_7' }).expect(409);
    expect(late.body.code).toBe('invoice-annulled');
  });

  it("lists a person's invoices, the latest first, page by page", async () => {
    const one = await register();
    const ids: string[] = [];
    for (const issuedOn of ['2026-01-05', '2026-03-01', '2026-02-01']) {
      const body = { person: one, ...invoice, instalments: [], issuedOn };
      ids.push((await server.post('/invoices', body).expect(201)).body.id as string);
    }
    const first = await server.get(`/persons/${one}/payments?limit=2`).expect(200);
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual([ids[1], ids[2]]);
    const rest = await server.get(`/persons/${one}/payments?limit=2&after=${first.body.next}`).expect(200);
    expect(rest.body.items.map(({ id }: { id: string }) => id)).toEqual([ids[0]]);
    expect(rest.body.next).toBeUndefined();
    const nobody = await server.get(`/persons/${'0'.repeat(32)}/payments`).expect(404);
    expect(nobody.body.code).toBe('person-not-found');
  });

  const line = invoice.lines[0];
  it.each([
    ['an unknown field', { enrolment: '0'.repeat(32) }, 422, 'request-not-valid', '/enrolment'],
    ['negative money', { total: -1 }, 422, 'request-not-valid', '/total'],
    ['half a cent', { total: 0.5 }, 422, 'request-not-valid', '/total'],
    ['an unknown currency', { currency: 'EUX' }, 422, 'request-not-valid', '/currency'],
    ['a day that does not exist', { issuedOn: '2026-02-30' }, 422, 'request-not-valid', '/issuedOn'],
    ['a wrong line', { lines: [{ ...line, amount: 49_999 }] }, 422, 'line-amount-wrong', '/lines/0/amount'],
    ['a wrong total', { total: 60_001 }, 422, 'total-wrong', '/total'],
    ['no lines', { lines: [], total: 0, instalments: [] }, 422, 'lines-missing', '/lines'],
    ['wrong instalments', { instalments: [{ dueOn: '2026-03-01', amount: 1 }] }, 422, 'instalments-wrong', undefined],
    ['an unknown person', { person: '0'.repeat(32) }, 404, 'person-not-found', undefined],
  ])('refuses an invoice with %s', async (_, changes, status, code, at) => {
    const { body } = await server.post('/invoices', { person, ...invoice, ...changes }).expect(status);
    expect(body.code).toBe(code);
    if (at !== undefined) expect(body.errors[0].at).toBe(at);
  });

  it.each([
    ['another currency', 'payments', { ...payment, currency: 'USD' }, 422, 'currency-differs'],
    ['an instalment that is not there', 'payments', { ...payment, instalment: 3 }, 422, 'instalment-not-found'],
    ['nothing', 'payments', { ...payment, amount: 0 }, 422, 'request-not-valid'],
    ['an unknown movement', 'payments', { ...payment, movement: 'lost' }, 422, 'request-not-valid'],
    ['a refund of nothing captured', 'payments', { ...payment, movement: 'refunded' }, 409, 'refund-above-captured'],
    [
      'a credit beyond the total',
      'credit-notes',
      { number: 'A', issuedOn: '2026-03-02', amount: 60_001, reason: 'x' },
      409,
      'credit-above-total',
    ],
    [
      'a credit before the invoice',
      'credit-notes',
      { number: 'A', issuedOn: '2026-02-28', amount: 1, reason: 'x' },
      422,
      'credit-note-before-invoice',
    ],
    [
      'a correction of nothing',
      'corrections',
      { event: '0'.repeat(32), action: 'annulled', reason: 'x' },
      404,
      'event-not-found',
    ],
  ])('refuses %s', async (_, noun, body, status, code) => {
    const id = await record();
    const refused = await server.post(`/invoices/${id}/${noun}`, body).expect(status);
    expect(refused.body.code).toBe(code);
    expect((await shown(id)).version).toBe(1);
  });

  it('answers 404 for an invoice that is not there', async () => {
    for (const id of ['0'.repeat(32), 'nothing']) {
      expect((await server.get(`/invoices/${id}`).expect(404)).body.code).toBe('invoice-not-found');
      expect((await server.post(`/invoices/${id}/payments`, payment).expect(404)).body.code).toBe('invoice-not-found');
    }
  });

  it('keeps the invoice for accounting alone when the person is erased', async () => {
    const buyer = await register();
    const { body } = await server.post('/invoices', { person: buyer, ...invoice, issuedOn: '2025-07-01' }).expect(201);
    await server.post(`/invoices/${body.id}/payments`, payment).expect(200);
    await server.get(`/invoices/${body.id}?ground=accounting`).expect(200);
    const bad = await server.get(`/invoices/${body.id}?ground=curiosity`).expect(422);
    expect(bad.body.code).toBe('ground-not-fitting');
    const erasure = await server.post(`/persons/${buyer}/erasures`).expect(202);
    await server.settled();
    expect((await server.get(`/invoices/${body.id}`).expect(410)).body.code).toBe('person-erased');
    expect((await server.get(`/persons/${buyer}/payments`).expect(410)).body.code).toBe('person-erased');
    const kept = await server.get(`/invoices/${body.id}?ground=accounting`).expect(200);
    expect(kept.body).toMatchObject({
      buyer: invoice.buyer,
      account: { captured: 30_000 },
      // Ten years from the close of the fiscal year of 2025, in Paris.
      kept: { until: '2035-12-31T23:00:00.000Z' },
    });
    expect(erasure.body.id).toEqual(expect.any(String));
    // The provider's word still arrives, under the unit that is kept.
    const refund = { ...payment, movement: 'refunded', reference: 're_9', amount: 1_000 };
    await server.post(`/invoices/${body.id}/payments`, refund).expect(200);
    const fresh = await server.post('/invoices', { person: buyer, ...invoice }).expect(409);
    expect(fresh.body.code).toBe('person-erased');
  });
});

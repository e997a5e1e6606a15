import { erased, given, givenId } from '@ardoise/given';
import type { InvoiceContent } from './checks';
import type { PaymentsEvent } from './events';
import { invoice, type InvoiceCommand, type RecordPayment } from './invoice';

const person = 'a'.repeat(32);
const occurredAt = '2026-01-05T09:00:00.000Z';
const content: InvoiceContent = {
  number: 'F-2026-001',
  issuedOn: '2026-01-05',
  buyer: { name: 'Ada Martin', address: '1 rue des Lilas, Lille' },
  lines: [
    { label: 'Formation', courseTitle: 'Premiers secours', quantity: 1.5, unitAmount: 33_333, amount: 50_000 },
    { label: 'Dossier', quantity: 2, unitAmount: 5_000, amount: 10_000 },
  ],
  currency: 'EUR',
  total: 60_000,
  instalments: [
    { dueOn: '2026-02-01', amount: 30_000 },
    { dueOn: '2026-03-01', amount: 30_000 },
  ],
};
const record = (changes: Partial<InvoiceContent> = {}): InvoiceCommand => ({
  type: 'record',
  person,
  content: { ...content, ...changes },
});
const recorded: PaymentsEvent = {
  type: 'invoice-recorded',
  facts: {},
  sections: { buyer: { person, occurredAt, fields: content } },
};
const pay = (changes: Partial<RecordPayment> = {}): RecordPayment => ({
  type: 'record-payment',
  movement: 'captured',
  reference: 'pi_1',
  amount: 30_000,
  currency: 'EUR',
  ...changes,
});
const paid = (changes: Partial<RecordPayment> = {}): PaymentsEvent => {
  const { type: _, ...fields } = pay(changes);
  return { type: 'payment-recorded', facts: {}, sections: { buyer: { person, occurredAt, fields } } };
};
const credit = { number: 'A-1', issuedOn: '2026-01-20', amount: 10_000, reason: 'absence' };
const credited = (fields = credit): PaymentsEvent => ({
  type: 'credit-note-recorded',
  facts: {},
  sections: { buyer: { person, occurredAt, fields } },
});

describe('invoice', () => {
  it('is recorded once, as it was issued', () => {
    given(invoice).when(record()).then(recorded);
    given(invoice, recorded).when(record()).thenRefused('invoice-exists');
  });

  it.each([
    ['lines-missing', { lines: [], total: 0 }],
    ['line-amount-wrong', { lines: [{ ...content.lines[0]!, amount: 49_999 }], total: 49_999 }],
    ['line-dates-reversed', { lines: [{ ...content.lines[0]!, from: '2026-02-02', to: '2026-02-01' }], total: 50_000 }],
    ['total-wrong', { total: 59_999 }],
    ['instalments-wrong', { instalments: [{ dueOn: '2026-02-01', amount: 59_999 }] }],
    ['instalments-not-in-order', { instalments: [...content.instalments].reverse() }],
  ] as const)('is refused with %s', (code, changes) => {
    given(invoice).when(record(changes)).thenRefused(code);
  });

  it('takes payments in its own currency, on instalments that it has', () => {
    given(invoice, recorded)
      .when(pay({ instalment: 2 }))
      .then(paid({ instalment: 2 }));
    given(invoice, recorded)
      .when(pay({ currency: 'USD' }))
      .thenRefused('currency-differs');
    given(invoice, recorded)
      .when(pay({ instalment: 3 }))
      .thenRefused('instalment-not-found');
    given(invoice).when(pay()).thenRefused('invoice-not-found');
  });

  it('takes a movement of one reference once', () => {
    given(invoice, recorded, paid()).when(pay()).thenNothing();
    given(invoice, recorded, paid())
      .when(pay({ amount: 1 }))
      .thenRefused('reference-reused');
    given(invoice, recorded, paid())
      .when(pay({ currency: 'USD' }))
      .thenRefused('reference-reused');
    given(invoice, recorded, paid({ movement: 'failed' }))
      .when(pay())
      .then(paid());
  });

  it('never refunds more than was captured', () => {
    const refund = pay({ movement: 'refunded', reference: 're_1', amount: 20_000 });
    given(invoice, recorded).when(refund).thenRefused('refund-above-captured');
    given(invoice, recorded, paid({ movement: 'failed' }))
      .when(refund)
      .thenRefused('refund-above-captured');
    given(invoice, recorded, paid()).when(refund).then(paid(refund));
    given(invoice, recorded, paid(), paid(refund))
      .when({ ...refund, reference: 're_2' })
      .thenRefused('refund-above-captured');
  });

  it('never credits more than its total', () => {
    const command = { type: 'record-credit-note', ...credit } as const;
    given(invoice, recorded).when(command).then(credited());
    given(invoice, recorded)
      .when({ ...command, amount: 60_001 })
      .thenRefused('credit-above-total');
    given(invoice, recorded, credited()).when(command).thenRefused('credit-note-exists');
    given(invoice, recorded, credited())
      .when({ ...command, number: 'A-2', amount: 50_001 })
      .thenRefused('credit-above-total');
    given(invoice, recorded)
      .when({ ...command, issuedOn: '2026-01-04' })
      .thenRefused('credit-note-before-invoice');
  });

  it('is gone once its unit is erased, and folds without keys', () => {
    const events = [recorded, paid(), credited()].map(erased);
    given(invoice, ...events)
      .when(pay())
      .thenRefused('erased');
    given(invoice, ...events)
      .when(record())
      .thenRefused('invoice-exists');
  });
});

describe('a correction of billing', () => {
  const annul = (event: string): InvoiceCommand => ({
    type: 'correct',
    event,
    action: 'annulled',
    changes: {},
    reason: 'saisie par erreur',
  });
  const change = (event: string, changes: { amount?: number; instalment?: number }): InvoiceCommand => ({
    ...(annul(event) as Extract<InvoiceCommand, { type: 'correct' }>),
    action: 'corrected',
    changes,
  });
  const corrected = (
    corrects: string,
    action: 'corrected' | 'annulled',
    said: object = {},
    meaning: {
      fact: string;
      record: 'invoice' | 'payment' | 'credit-note';
      result: { annulled: boolean; amount?: number };
    } = {
      fact: corrects,
      record: 'payment',
      result: { annulled: action === 'annulled' },
    },
  ): PaymentsEvent => ({
    type: 'billing-corrected',
    facts: {},
    sections: {
      buyer: {
        person,
        occurredAt,
        fields: { corrects, action, reason: 'saisie par erreur', ...said, ...meaning },
      },
    },
  });
  const refund = paid({ movement: 'refunded', reference: 're_1', amount: 30_000 });
  /** What the correction says of the record that it comes to. */
  const saying = (corrects: string, fact: string, record: string, result: object) => ({
    type: 'billing-corrected',
    sections: { buyer: { person, occurredAt, fields: { corrects, fact, record, result } } },
  });

  it('changes a movement', () => {
    given(invoice, recorded, paid())
      .when(change(givenId(1), { amount: 20_000 }))
      .then(
        corrected(
          givenId(1),
          'corrected',
          { amount: 20_000 },
          { fact: givenId(1), record: 'payment', result: { annulled: false, amount: 20_000 } },
        ),
      );
    given(invoice, recorded, paid())
      .when(change(givenId(1), { instalment: 3 }))
      .thenRefused('instalment-not-found');
    given(invoice, recorded, paid())
      .when(change(givenId(1), {}))
      .thenRefused('changes-missing');
    given(invoice, recorded, paid())
      .when(change(givenId(7), { amount: 1 }))
      .thenRefused('event-not-found');
  });

  it('names its author in a section of their own', () => {
    const author = 'b'.repeat(32);
    given(invoice, recorded, paid())
      .when({ ...(annul(givenId(1)) as Extract<InvoiceCommand, { type: 'correct' }>), author })
      .thenLike({ sections: { author: { person: author, fields: {} } } });
  });

  it('alters nothing that was issued', () => {
    given(invoice, recorded)
      .when(change(givenId(0), { amount: 1 }))
      .thenRefused('issued-document-not-altered');
    given(invoice, recorded, credited())
      .when(change(givenId(1), { amount: 1 }))
      .thenRefused('issued-document-not-altered');
  });

  it('annuls a record made by mistake, not one that payments or credit notes stand on', () => {
    given(invoice, recorded)
      .when(annul(givenId(0)))
      .thenLike(saying(givenId(0), givenId(0), 'invoice', { annulled: true }));
    given(invoice, recorded, credited())
      .when(annul(givenId(1)))
      .thenLike(saying(givenId(1), givenId(1), 'credit-note', { annulled: true }));
    given(invoice, recorded, corrected(givenId(0), 'annulled'))
      .when(pay())
      .thenRefused('invoice-annulled');
    given(invoice, recorded, corrected(givenId(0), 'annulled'))
      .when(annul(givenId(0)))
      .thenRefused('annulled-already');
    given(invoice, recorded, paid())
      .when(annul(givenId(0)))
      .thenRefused('invoice-in-use');
    given(invoice, recorded, credited())
      .when(annul(givenId(0)))
      .thenRefused('invoice-in-use');
    given(invoice, recorded, credited(), corrected(givenId(1), 'annulled'))
      .when(annul(givenId(0)))
      .thenLike(saying(givenId(0), givenId(0), 'invoice', { annulled: true }));
  });

  it('keeps refunds within what was captured', () => {
    given(invoice, recorded, paid(), refund)
      .when(annul(givenId(1)))
      .thenRefused('refund-above-captured');
    given(invoice, recorded, paid(), refund, corrected(givenId(2), 'annulled'))
      .when(annul(givenId(1)))
      .thenLike(saying(givenId(1), givenId(1), 'payment', { annulled: true, amount: 30_000 }));
  });

  it('can be corrected and annulled itself', () => {
    const events = [recorded, paid(), corrected(givenId(1), 'annulled')];
    const refundAgain = pay({ movement: 'refunded', reference: 're_2', amount: 10_000 });
    given(invoice, ...events)
      .when(refundAgain)
      .thenRefused('refund-above-captured');
    given(invoice, ...events)
      .when(annul(givenId(2)))
      .thenLike(saying(givenId(2), givenId(1), 'payment', { annulled: false, amount: 30_000 }));
    given(invoice, ...events, corrected(givenId(2), 'annulled'))
      .when(refundAgain)
      .then(paid(refundAgain));
    given(invoice, ...events)
      .when(change(givenId(2), { amount: 1 }))
      .thenRefused('annulment-not-changed');
    given(invoice, recorded, paid(), corrected(givenId(1), 'corrected', { amount: 5_000 }))
      .when(change(givenId(2), { amount: 10_000 }))
      .thenLike(saying(givenId(2), givenId(1), 'payment', { annulled: false, amount: 10_000 }));
  });

  it('does not take the same movement again after it was annulled', () => {
    given(invoice, recorded, paid(), corrected(givenId(1), 'annulled'))
      .when(pay())
      .thenNothing();
  });
});

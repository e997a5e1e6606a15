import { asOpened } from '@ardoise/given';
import type { RowWriter } from '@ardoise/projections';
import type { AnyEvent, AnyOpened, OpenedSection } from '@ardoise/sealing';
import { InvoiceCorrectionRow } from './invoice-correction.row';
import { InvoiceMovementRow } from './invoice-movement.row';
import { InvoiceRow } from './invoice.row';
import { invoicesProjection } from './invoices.projection';

const invoice = '1'.repeat(32);
const unit = '2'.repeat(32);
const person = 'a'.repeat(32);

function opened(type: string, fields: object, version: number): AnyOpened {
  const section = { person, occurredAt: '2026-01-05T09:00:00.000Z', fields: fields as OpenedSection['fields'] };
  const event: AnyEvent = { type, facts: {}, sections: { buyer: section } };
  const read = asOpened(event, { id: `e${version}`, stream: `invoice-${invoice}`, version });
  return { ...read, sections: { buyer: { ...(read.sections.buyer as OpenedSection), unit } } };
}

/** What a projection writes of events, in order. */
function written(...events: AnyOpened[]): unknown[][] {
  const calls: unknown[][] = [];
  const write: RowWriter = {
    put: (entity, row) => void calls.push(['put', entity, row]),
    patch: (entity, key, changes) => void calls.push(['patch', entity, key, changes]),
    remove: (entity, key) => void calls.push(['remove', entity, key]),
  };
  for (const event of events) invoicesProjection.on[event.type]?.(event, write);
  return calls;
}

const content = {
  number: 'F-1',
  issuedOn: '2026-01-05',
  buyer: { name: 'Ada Martin' },
  lines: [{ label: 'Formation', quantity: 1, unitAmount: 100, amount: 100 }],
  currency: 'EUR',
  total: 100,
  instalments: [],
};

describe('the projection of invoices', () => {
  it('puts an invoice under its unit', () => {
    expect(written(opened('invoice-recorded', content, 0))).toEqual([
      ['put', InvoiceRow, expect.objectContaining({ ...content, invoice, unit, person, total: '100', version: 1 })],
    ]);
  });

  it('puts movements, credit notes and corrections by their event, and counts versions', () => {
    const payment = { reference: 'pi_1', movement: 'captured', amount: 40, currency: 'EUR' };
    const creditNote = { number: 'A-1', issuedOn: '2026-01-06', amount: 10, reason: 'absence' };
    const result = { annulled: false, amount: 50 };
    const correction = { corrects: 'e1', action: 'corrected', reason: 'erreur', fact: 'e1', record: 'payment', result };
    const counted = (version: number) => ['patch', InvoiceRow, { organisation: 'test', invoice }, { version }];
    expect(
      written(
        opened('payment-recorded', payment, 1),
        opened('credit-note-recorded', creditNote, 2),
        opened('billing-corrected', correction, 3),
        opened('kept-until-recorded', {}, 4),
      ),
    ).toEqual([
      counted(2),
      ['put', InvoiceMovementRow, expect.objectContaining({ event: 'e1', unit, amount: '40', movement: 'captured' })],
      counted(3),
      ['put', InvoiceMovementRow, expect.objectContaining({ event: 'e2', unit, amount: '10', movement: 'credited' })],
      counted(4),
      [
        'patch',
        InvoiceMovementRow,
        { organisation: 'test', event: 'e1' },
        { annulled: false, amount: '50', instalment: null, method: null },
      ],
      ['put', InvoiceCorrectionRow, expect.objectContaining({ event: 'e3', unit, corrects: 'e1', reason: 'erreur' })],
      counted(5),
    ]);
  });

  it('puts nothing of what cannot be read', () => {
    const erased = ['invoice-recorded', 'payment-recorded', 'credit-note-recorded', 'billing-corrected'].map(
      (type, version) => ({ ...opened(type, {}, version), sections: {} }),
    );
    expect(written(...erased).filter(([kind]) => kind === 'put')).toEqual([]);
  });
});

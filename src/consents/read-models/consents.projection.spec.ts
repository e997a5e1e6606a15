import { asOpened, erased } from '@ardoise/given';
import type { RowWriter } from '@ardoise/projections';
import type { AnyEvent } from '@ardoise/sealing';
import { occurredAt, person, recorded, wording } from '../domain/sample-consent';
import { consentsProjection } from './consents.projection';

const stream = `consent-${'c'.repeat(32)}`;

function writesOf(event: AnyEvent, version = 0): unknown[] {
  const written: unknown[] = [];
  const never = (): never => {
    throw new Error('rows of consents are only ever put');
  };
  const write: RowWriter = {
    put: (entity, row) => void written.push([entity.name, row]),
    patch: never,
    remove: never,
  };
  consentsProjection.on[event.type]?.(asOpened(event, { stream, version, position: 3n }), write);
  return written;
}

describe('the read models of consents', () => {
  it('have how a consent stands, and each choice with its proof', () => {
    const of = { consent: 'c'.repeat(32), person, purpose: 'marketing', choice: 'given', occurredAt };
    expect(writesOf(recorded('given'))).toEqual([
      ['ConsentRow', expect.objectContaining({ ...of, version: 1 })],
      [
        'ConsentRecordRow',
        expect.objectContaining({ ...of, policyVersion: 1, wording, channel: 'web', position: '3' }),
      ],
    ]);
    expect(writesOf(recorded('withdrawn'), 1)).toEqual([
      ['ConsentRow', expect.objectContaining({ choice: 'withdrawn', version: 2 })],
      ['ConsentRecordRow', expect.objectContaining({ choice: 'withdrawn', wording: null })],
    ]);
  });

  it('MVX-26: have a notice that was seen apart from every consent', () => {
    const fields = { notice: 'policy-2026', policyVersion: 1, channel: 'email' };
    const seen = { type: 'notice-seen', facts: {}, sections: { self: { person, occurredAt, fields } } };
    expect(writesOf(seen)).toEqual([['NoticeRow', expect.objectContaining({ person, ...fields })]]);
  });

  it('have nothing of what cannot be read', () => {
    expect(writesOf(erased(recorded('given')))).toEqual([]);
  });
});

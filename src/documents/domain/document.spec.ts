import { erased, given } from '@ardoise/given';
import { loadPolicies, type Policy } from '@ardoise/policy';
import { join } from 'node:path';
import { document, livingDocument, type RecordDocument } from './document';
import type { DocumentEvent } from './events';

const person = 'a'.repeat(32);
const occurredAt = '2026-01-05T09:00:00.000Z';
const policies = loadPolicies(join(__dirname, '../../../policies'));
/** Keeps professional backgrounds, as mira does not. */
const policy = policies.get('parene') as Policy;
const blob = { blob: 'b'.repeat(32), length: 4_128, digest: 'd'.repeat(64) };
const content = { length: 12, digest: 'c'.repeat(64) };
const description = { kind: 'curriculum-vitae', name: 'cv.pdf', mediaType: 'application/pdf' } as const;
const record: RecordDocument = { type: 'record', person, policy, description, content, blob };
const recorded: DocumentEvent = {
  type: 'document-recorded',
  facts: blob,
  sections: {
    self: { person, occurredAt, category: 'professional-background', fields: { ...description, ...content } },
  },
};
const withdraw = { type: 'withdraw', reason: 'the file of another person' } as const;
const withdrawn: DocumentEvent = {
  type: 'document-withdrawn',
  facts: {},
  sections: {
    self: { person, occurredAt, category: 'professional-background', fields: { reason: withdraw.reason } },
  },
};

describe('a document', () => {
  it('is recorded with the file that holds it, in the category of its kind', () => {
    given(document).when(record).then(recorded);
    given(document, recorded).when(record).thenRefused('document-recorded');
  });

  it('is refused where the organisation has no purpose for its category', () => {
    given(document)
      .when({ ...record, policy: policies.get('mira') as Policy })
      .thenRefused('category-not-in-profile');
  });

  it('is withdrawn once, in the same unit, and what was said of it stays', () => {
    given(document, recorded).when(withdraw).then(withdrawn);
    given(document, recorded)
      .when({ ...withdraw, author: person })
      .thenLike({ sections: { author: { person } } });
    given(document, recorded, withdrawn).when(withdraw).thenRefused('document-withdrawn');
    given(document).when(withdraw).thenRefused('document-not-found');
    expect(livingDocument(given(document, recorded, withdrawn).state())).toMatchObject(description);
  });

  it('folds without keys, and keeps which file it was', () => {
    const state = given(document, erased(recorded), erased(withdrawn)).state();
    expect(state).toEqual({ blob, withdrawn: true });
    given(document, erased(recorded)).when(withdraw).thenRefused('erased');
  });
});

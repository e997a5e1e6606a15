import { given } from '@ardoise/given';
import { bundle } from './bundle';
import type { LedgerEvent } from './events';

const facts = { trees: [{ incarnation: 1, size: 3, root: 'a'.repeat(64) }] };
const exported: LedgerEvent = { type: 'bundle-exported', facts, sections: {} };

describe('a bundle', () => {
  it('is recorded once', () => {
    given(bundle).when({ type: 'export', facts }).then(exported);
    given(bundle, exported).when({ type: 'export', facts }).then();
  });

  it('names a ticket or minute, and no sentence', () => {
    const named = { ...facts, since: { incarnation: 1, size: 2 }, reference: 'AUDIT-2026/7' };
    given(bundle)
      .when({ type: 'export', facts: named })
      .then({ ...exported, facts: named });
    for (const reference of ['', 'for Ada Exemple', 'ada@example.org', 'x'.repeat(41), '-1']) {
      given(bundle)
        .when({ type: 'export', facts: { ...facts, reference } })
        .thenRefused('reference-malformed');
    }
  });
});

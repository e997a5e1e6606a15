import { invalid, never, type Decider } from '@ardoise/decider';
import { ledgerEvents, type LedgerEvent, type LedgerOpened } from './events';

/** A bundle is given out once; its stream is that one record. */
export interface Bundle {
  readonly isExported: boolean;
}

export interface BundleCommand {
  readonly type: 'export';
  readonly facts: LedgerEvent['facts'];
}

export const bundle: Decider<Bundle, BundleCommand, LedgerEvent, LedgerOpened> = {
  kind: 'bundle',
  events: ledgerEvents,

  initialState: () => ({ isExported: false }),

  evolve(_, event) {
    switch (event.type) {
      case 'bundle-exported':
        return { isExported: true };
      default:
        return never(event.type);
    }
  },

  decide({ facts }, { isExported }) {
    if (isExported) return [];
    checkReference(facts.reference);
    return [{ type: 'bundle-exported', facts, sections: {} }];
  },
};

/** What a ticket or minute is called; not the form of a sentence or an address, which could name somebody. */
const referenceForm = /^[A-Za-z0-9][A-Za-z0-9./_-]{0,39}$/;

function checkReference(reference: string | undefined): void {
  if (reference !== undefined && !referenceForm.test(reference)) {
    throw invalid('reference-malformed', 'a reference has at most 40 letters, digits and ./_-', '/reference');
  }
}

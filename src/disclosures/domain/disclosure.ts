import type { Decider } from '@ardoise/decider';
import { disclosureMade, type DisclosureMade, type DisclosureMadeOpened, type RecipientKind } from './events';

/** Whom something is disclosed to, and on what ground. */
export interface Recipient {
  readonly recipient: string;
  readonly recipientKind: RecipientKind;
  readonly ground: string;
  readonly purpose?: string;
}

/** What of an event is disclosed: names of fields, never their values. */
export interface DisclosedScope {
  readonly event: string;
  readonly eventType: string;
  readonly sections: readonly { readonly category: string; readonly fields: readonly string[] }[];
}

export interface RecordDisclosure {
  readonly person: string;
  /** That the record of it is kept in. */
  readonly category: string;
  readonly to: Recipient;
  readonly scope: DisclosedScope;
}

/** A disclosure is recorded, whatever else the stream holds. */
export function disclosureIn(kind: string): Decider<null, RecordDisclosure, DisclosureMade, DisclosureMadeOpened> {
  return {
    kind,
    events: [disclosureMade],

    stateless: true,

    initialState: () => null,

    evolve: () => null,

    decide({ person, category, to, scope }, _, { occurredAt }) {
      const { recipient, recipientKind, ground, purpose } = to;
      const fields = {
        recipient,
        recipientKind,
        ground,
        ...(purpose === undefined ? {} : { purpose }),
        event: scope.event,
        eventType: scope.eventType,
        sections: scope.sections,
      };
      return [{ type: 'disclosure-made', facts: {}, sections: { self: { person, occurredAt, category, fields } } }];
    },
  };
}

/** Disclosures of what is there; each in a stream of its own. */
export const disclosure = disclosureIn('disclosure');

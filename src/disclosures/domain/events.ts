import { defineEvent, id, list, oneOf, optional, record, text, type EventOf, type OpenedOf } from '@ardoise/sealing';

/** Who something is disclosed to. */
export const recipientKinds = [
  'person',
  'employer',
  'funder',
  'certifier',
  'authority',
  'court',
  'partner',
  'processor',
  'other',
] as const;
export type RecipientKind = (typeof recipientKinds)[number];

/** Streams that may outlive an erasure, in a category that is kept: what is disclosed of them is recorded in them. */
export const keptKinds = ['invoice', 'evidence', 'attestation', 'consent', 'notice'] as const;
export const keptCategories = ['billing', 'evidence', 'attestation', 'consent-proof'] as const;

/** What the record of a disclosure is kept as: no organisation keeps it by the day, and no erasure leaves it. */
export const disclosureCategory = 'administrative';

/**
 * Chosen fields of one event were disclosed to somebody. It stands in a stream of its own; what is disclosed of a kept
 * stream after an erasure stands in that stream, under the kept unit itself, for nothing new is sealed about that person.
 */
export const disclosureMade = defineEvent({
  type: 'disclosure-made',
  schema: 1,
  stream: ['disclosure', ...keptKinds],
  facts: {},
  sections: {
    self: {
      category: [disclosureCategory, ...keptCategories],
      fields: {
        recipient: text(200),
        recipientKind: oneOf(recipientKinds),
        /** Law or reason. */
        ground: text(200),
        purpose: optional(text(500)),
        /** What was disclosed of. */
        event: id(),
        eventType: text(100),
        sections: list(record({ category: text(40), fields: list(text(64)) })),
      },
    },
  },
});

export const disclosureEvents = [disclosureMade] as const;

export type DisclosureMade = EventOf<typeof disclosureMade>;
export type DisclosureMadeOpened = OpenedOf<typeof disclosureMade>;

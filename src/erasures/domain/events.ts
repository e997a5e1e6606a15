import {
  day,
  defineEvent,
  digest,
  instant,
  list,
  oneOf,
  optional,
  record,
  text,
  type EventOf,
  type OpenedOf,
  type ValueOf,
} from '@ardoise/sealing';

export const outcomes = ['erase', 'keep'] as const;

const decisionType = record({
  category: text(40),
  outcome: oneOf(outcomes),
  /** Law or reason for keeping. */
  ground: optional(text(200)),
  /** Last of the ends, where units of the category end at several dates. */
  until: optional(instant()),
});

/** What is decided for one data category of a person. */
export type CategoryDecision = ValueOf<typeof decisionType>;

export const erasureDecided = defineEvent({
  type: 'erasure-decided',
  schema: 1,
  stream: 'erasure',
  facts: {},
  sections: { self: { category: 'rights-request', fields: { requestedOn: day(), decisions: list(decisionType) } } },
});

/** The erasure is complete: of the receipt only its salted hash is kept, so that the request leads to nothing. */
export const receiptIssued = defineEvent({
  type: 'receipt-issued',
  schema: 1,
  stream: 'erasure',
  facts: {},
  sections: { self: { category: 'rights-request', fields: { receipt: digest() } } },
});

/** Recorded in a stream that stays, under the unit that stays: why, and until when. */
export const keptUntilRecorded = defineEvent({
  type: 'kept-until-recorded',
  schema: 1,
  stream: ['invoice', 'evidence', 'attestation', 'consent', 'notice'],
  facts: {},
  sections: {
    self: {
      category: ['billing', 'evidence', 'attestation', 'consent-proof'],
      fields: { ground: text(200), until: instant() },
    },
  },
});

export const erasureEvents = [erasureDecided, receiptIssued, keptUntilRecorded] as const;

export type ErasureEvent = EventOf<typeof erasureDecided> | EventOf<typeof receiptIssued>;
export type ErasureOpened = OpenedOf<typeof erasureDecided> | OpenedOf<typeof receiptIssued>;
export type KeepingEvent = EventOf<typeof keptUntilRecorded>;
export type KeepingOpened = OpenedOf<typeof keptUntilRecorded>;

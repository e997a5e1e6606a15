import {
  day,
  DeclarationError,
  defineEvent,
  digest,
  instant,
  integer,
  list,
  oneOf,
  optional,
  record,
  text,
  type EventOf,
  type FieldType,
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

export const fenceCauses = ['erasure', 'retention', 'day'] as const;

/** A unit and its fingerprint, both in hexadecimal. */
const fencedUnit: FieldType<readonly [string, string]> = {
  shape: 'unit and fingerprint',
  optional: false,
  check(value, path) {
    const fits = Array.isArray(value) && value.length === 2 && /^[0-9a-f]{32} [0-9a-f]{64}$/.test(value.join(' '));
    if (!fits) throw new DeclarationError(`${path} is no unit with its fingerprint`);
  },
};

/** The units that ended together, in an order that tells nothing; in parts when they are many. */
export const keysFenced = defineEvent({
  type: 'keys-fenced',
  schema: 1,
  stream: 'vault',
  facts: { cause: oneOf(fenceCauses), units: list(fencedUnit), part: integer(1), parts: integer(1) },
  sections: {},
});

export const erasureEvents = [erasureDecided, receiptIssued, keptUntilRecorded, keysFenced] as const;

export type ErasureEvent = EventOf<typeof erasureDecided> | EventOf<typeof receiptIssued>;
export type ErasureOpened = OpenedOf<typeof erasureDecided> | OpenedOf<typeof receiptIssued>;
export type KeyringEvent = EventOf<typeof keysFenced>;
export type KeyringOpened = OpenedOf<typeof keysFenced>;
export type KeepingEvent = EventOf<typeof keptUntilRecorded>;
export type KeepingOpened = OpenedOf<typeof keptUntilRecorded>;

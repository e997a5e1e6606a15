import {
  day,
  DeclarationError,
  defineEvent,
  digest,
  id,
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
  type ValuesOf,
} from '@ardoise/sealing';

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

export const groupCauses = ['day', 'contract', 'epoch'] as const;

/** A group of keys as an event names it. A category and a day concern nobody. */
const endedGroup = record({
  group: id(),
  fingerprint: digest(),
  epoch: integer(1),
  category: optional(text(40)),
  day: optional(day()),
});

/** A group as an event names it. */
export type EndedGroup = ValueOf<typeof endedGroup>;

/**
 * Groups whose keys end together: all that hangs under them becomes unreadable for everybody at once. `day`: the period
 * of a day of logs is over; `contract`: the organisation's; `epoch`: keys of before a rotation, under which nothing
 * lives any more.
 */
export const groupsEnded = defineEvent({
  type: 'groups-ended',
  schema: 1,
  stream: 'vault',
  facts: { cause: oneOf(groupCauses), groups: list(endedGroup), part: integer(1), parts: integer(1) },
  sections: {},
});

/** A new epoch is in use. What was wrapped in the one before ends at the horizon: no older backup brings anything back. */
export const keysRotated = defineEvent({
  type: 'keys-rotated',
  schema: 1,
  stream: 'vault',
  facts: { epoch: integer(2), previousEndsAt: instant() },
  sections: {},
});

export const lossReasons = ['vault-restored', 'log-restored', 'keys-lost', 'other'] as const;

/** A ticket or minute that an operator's word can be looked up by; no free text, which could name somebody. */
const reference = optional(text(40));

/** An operator's word after a disaster: these keys are gone for good, and nobody ended them. */
export const keysLost = defineEvent({
  type: 'keys-lost',
  schema: 1,
  stream: 'vault',
  facts: { reason: oneOf(lossReasons), reference, units: list(fencedUnit), part: integer(1), parts: integer(1) },
  sections: {},
});

/** Where a log and its vault stood. */
const standing = record({
  /** Position of the last event, decimal; "0" where there is none. */
  position: text(20),
  /** SHA-256 of that event's header, hexadecimal; empty where there is none. */
  digest: text(64),
  /** The vault's counter of comparisons, decimal. */
  mark: text(20),
});

export type Standing = ValueOf<typeof standing>;

/** Signed: an honest restore went on from `found`, and what lay between it and `known` is missing. */
export const gapRecorded = defineEvent({
  type: 'gap-recorded',
  schema: 1,
  stream: 'vault',
  facts: {
    reason: oneOf(lossReasons),
    reference,
    known: standing,
    found: standing,
    /** Id of the signing key. */
    key: text(64),
    /** Ed25519, base64, over the canonical JSON of organisation, reason, reference, known and found. */
    signature: text(100),
  },
  sections: {},
});

/** A tree of the ledger at a size: how many leaves, and their root. */
const treeHead = { size: integer(0), root: digest() };

/**
 * The ledger goes on as another tree, because the log is not the one that was signed. This event is its first leaf.
 * `known`: the largest checkpoint of before that anybody is known to have, with the origin of its tree. `found`: the tree
 * that was, as the log has it now, up to this event.
 */
export const ledgerReopened = defineEvent({
  type: 'ledger-reopened',
  schema: 1,
  stream: 'vault',
  facts: {
    /** Of the tree that begins. */
    incarnation: integer(2),
    origin: text(300),
    known: record({ origin: text(300), ...treeHead }),
    found: record(treeHead),
  },
  sections: {},
});

export type Reopening = ValuesOf<typeof ledgerReopened.facts>;

export const keyEvents = [keysFenced, groupsEnded, keysRotated, keysLost, gapRecorded, ledgerReopened] as const;

export type KeyringEvent = EventOf<(typeof keyEvents)[number]>;
export type KeyringOpened = OpenedOf<(typeof keyEvents)[number]>;

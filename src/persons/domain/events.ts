import { personKinds } from '@ardoise/policy';
import {
  defineEvent,
  id,
  integer,
  list,
  oneOf,
  optional,
  text,
  type EventOf,
  type OpenedOf,
  type ValueOf,
} from '@ardoise/sealing';

const externalIdType = { system: text(40), externalId: text(200) };

export const personRegistered = defineEvent({
  type: 'person-registered',
  schema: 1,
  stream: 'person',
  facts: {},
  sections: {
    self: {
      category: 'account',
      fields: {
        kinds: list(oneOf(personKinds)),
        /** Years that the person certified to have reached, where the profile asks for that. */
        certifiedAge: optional(integer(1, 120)),
      },
    },
  },
});

/** One version of one value: its unit is its own, so that it can end without the others. */
export const profileValueRecorded = defineEvent({
  type: 'profile-value-recorded',
  schema: 1,
  stream: 'person',
  facts: {},
  sections: {
    self: {
      category: ['identity', 'contact', 'demographic', 'professional-background', 'family'],
      fields: {
        name: text(64),
        value: text(1000),
        /** The version that was wrong; absent where it was right in its time. */
        corrects: optional(id()),
        reason: optional(text(1000)),
      },
    },
  },
});

export const externalIdRecorded = defineEvent({
  type: 'external-id-recorded',
  schema: 1,
  stream: 'person',
  facts: {},
  sections: { self: { category: 'account', fields: externalIdType } },
});

export const externalIdRemoved = defineEvent({
  type: 'external-id-removed',
  schema: 1,
  stream: 'person',
  facts: {},
  sections: { self: { category: 'account', fields: externalIdType } },
});

/** In the duplicate's stream: it was found to be the same human being as another person. */
export const personMerged = defineEvent({
  type: 'person-merged',
  schema: 1,
  stream: 'person',
  facts: {},
  sections: { self: { category: 'account', fields: { into: id() } } },
});

export const personUnmerged = defineEvent({
  type: 'person-unmerged',
  schema: 1,
  stream: 'person',
  facts: {},
  sections: { self: { category: 'account', fields: { into: id() } } },
});

export const personEvents = [
  personRegistered,
  profileValueRecorded,
  externalIdRecorded,
  externalIdRemoved,
  personMerged,
  personUnmerged,
] as const;

export type PersonEvent = EventOf<(typeof personEvents)[number]>;
export type PersonOpened = OpenedOf<(typeof personEvents)[number]>;

/** A number that another system knows a person by. */
export interface ExternalId {
  readonly system: ValueOf<typeof externalIdType.system>;
  readonly externalId: ValueOf<typeof externalIdType.externalId>;
}

/** Whether two are one: however their accents were typed. */
export function sameExternalId(one: ExternalId, other: ExternalId): boolean {
  return one.system === other.system && one.externalId.normalize('NFC') === other.externalId.normalize('NFC');
}

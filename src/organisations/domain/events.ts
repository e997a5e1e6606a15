import { defineEvent, digest, integer, text, type EventOf, type OpenedOf } from '@ardoise/sealing';

export const organisationRegistered = defineEvent({
  type: 'organisation-registered',
  schema: 1,
  stream: 'organisation',
  facts: { name: text(200) },
  sections: {},
});

/** A version of the organisation's policy is in force from here on; every later event names its number. */
export const policyAdopted = defineEvent({
  type: 'policy-adopted',
  schema: 1,
  stream: 'organisation',
  facts: {
    policy: integer(1),
    /** SHA-256 of the profile's canonical JSON. */
    digest: digest(),
  },
  sections: {},
});

export const organisationEvents = [organisationRegistered, policyAdopted] as const;

export type OrganisationEvent = EventOf<(typeof organisationEvents)[number]>;
export type OrganisationOpened = OpenedOf<(typeof organisationEvents)[number]>;

import { loadPolicies, type Policy } from '@ardoise/policy';
import { join } from 'node:path';
import type { PersonEvent } from './events';
import type { Registration } from './profile';

export const id = 'a'.repeat(32);
export const other = 'b'.repeat(32);
export const occurredAt = '2026-01-05T09:00:00.000Z';

const policies = loadPolicies(join(__dirname, '../../../policies'));

/** One of the profiles that ship with the product. */
export function profileOf(organisation: string): Policy {
  const policy = policies.get(organisation);
  if (!policy) throw new Error(`no profile ${organisation}`);
  return policy;
}

/** What every profile asks of a learner. */
export const learner: Registration = {
  kinds: ['learner'],
  profileValues: [
    { name: 'given-name', value: 'Zoé' },
    { name: 'family-name', value: 'Lemaire' },
    { name: 'email', value: 'zoe.lemaire@example.org' },
  ],
  externalIds: [],
};

export const registered: PersonEvent = {
  type: 'person-registered',
  facts: {},
  sections: { self: { person: id, occurredAt, fields: { kinds: ['learner'] } } },
};

export function valueRecorded(category: string, part: string, name: string, value: string): PersonEvent {
  return {
    type: 'profile-value-recorded',
    facts: {},
    sections: { self: { person: id, occurredAt, category, part, fields: { name, value } } },
  };
}

export function externalId(
  type: 'external-id-recorded' | 'external-id-removed',
  system: string,
  value: string,
): PersonEvent {
  return { type, facts: {}, sections: { self: { person: id, occurredAt, fields: { system, externalId: value } } } };
}

export function merged(into: string): PersonEvent {
  return { type: 'person-merged', facts: {}, sections: { self: { person: id, occurredAt, fields: { into } } } };
}

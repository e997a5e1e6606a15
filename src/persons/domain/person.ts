import { conflict, never, notFound, type Decider, type Moment } from '@ardoise/decider';
import type { PersonKind, Policy } from '@ardoise/policy';
import { checkBirthDateOf } from './age';
import { personEvents, sameExternalId, type ExternalId, type PersonEvent, type PersonOpened } from './events';
import {
  checkProfileValue,
  checkRegistration,
  checkSystem,
  fieldOf,
  type ProfileValue,
  type Registration,
} from './profile';

export interface Person {
  readonly registered: boolean;
  /** Absent where they can no longer be read. */
  readonly kinds?: readonly PersonKind[];
  /** How many versions of profile values were recorded, also of those that can no longer be read. */
  readonly versions: number;
  /** Name of each version that can be read, by its event. */
  readonly names: { readonly [event: string]: string };
  readonly externalIds: readonly ExternalId[];
  /** The person that this one is a duplicate of. */
  readonly mergedInto?: string;
}

interface Of {
  /** Whom the command is about. */
  readonly person: string;
}

export type PersonCommand = Of &
  (
    | { readonly type: 'register'; readonly policy: Policy; readonly registration: Registration }
    | ({ readonly type: 'record-profile-value'; readonly policy: Policy } & NewProfileValue)
    | ({ readonly type: 'record-external-id'; readonly policy: Policy } & ExternalId)
    | ({ readonly type: 'remove-external-id' } & ExternalId)
    | { readonly type: 'merge'; readonly into: string }
    | { readonly type: 'unmerge' }
  );

/** A new version of a value, and the version that it says was wrong. */
export interface NewProfileValue extends ProfileValue {
  readonly corrects?: string;
  readonly reason?: string;
}

/** A person's own stream: what they are, their profile value by value, their external ids, whose duplicate they are. */
export const person: Decider<Person, PersonCommand, PersonEvent, PersonOpened> = {
  kind: 'person',
  events: personEvents,

  initialState: () => ({ registered: false, versions: 0, names: {}, externalIds: [] }),

  evolve(state, event) {
    switch (event.type) {
      case 'person-registered': {
        const kinds = event.sections.self?.fields.kinds;
        return { ...state, registered: true, ...(kinds ? { kinds } : {}) };
      }
      case 'profile-value-recorded': {
        const name = event.sections.self?.fields.name;
        const names = name === undefined ? state.names : { ...state.names, [event.id]: name };
        return { ...state, versions: state.versions + 1, names };
      }
      case 'external-id-recorded': {
        const added = event.sections.self?.fields;
        return added ? { ...state, externalIds: [...state.externalIds, added] } : state;
      }
      case 'external-id-removed': {
        const removed = event.sections.self?.fields;
        if (!removed) return state;
        return { ...state, externalIds: state.externalIds.filter((kept) => !sameExternalId(kept, removed)) };
      }
      case 'person-merged': {
        const into = event.sections.self?.fields.into;
        return into === undefined ? state : { ...state, mergedInto: into };
      }
      case 'person-unmerged': {
        const { mergedInto: _, ...rest } = state;
        return rest;
      }
      default:
        return never(event);
    }
  },

  decide(command, state, moment) {
    if (command.type === 'register') return register(command, state, moment);
    if (!state.registered) throw notFound('person-not-found', 'there is no such person');
    switch (command.type) {
      case 'record-profile-value':
        checkNewValue(command.policy, state, command, moment);
        return [profileValue(command.policy, command, state.versions, command.person, moment)];
      case 'record-external-id':
        checkSystem(command.policy, command, '/system');
        if (state.externalIds.some((known) => sameExternalId(known, command))) return [];
        return [externalId('external-id-recorded', command, command.person, moment)];
      case 'remove-external-id':
        if (!state.externalIds.some((known) => sameExternalId(known, command))) {
          throw notFound('external-id-not-found', 'the person has no such external id', '/externalId');
        }
        return [externalId('external-id-removed', command, command.person, moment)];
      case 'merge':
        if (command.into === command.person) {
          throw conflict('merge-into-itself', 'a person is no duplicate of themselves', '/into');
        }
        if (state.mergedInto !== undefined) {
          throw conflict('already-merged', 'the person is a duplicate already; end that first');
        }
        return [merge('person-merged', command.into, command.person, moment)];
      case 'unmerge':
        if (state.mergedInto === undefined) throw conflict('not-merged', 'the person is a duplicate of nobody');
        return [merge('person-unmerged', state.mergedInto, command.person, moment)];
      default:
        return never(command);
    }
  },
};

function register(
  { person: id, policy, registration }: Extract<PersonCommand, { type: 'register' }>,
  state: Person,
  moment: Moment,
): PersonEvent[] {
  if (state.registered) throw conflict('person-exists', 'this person has been registered already');
  checkRegistration(policy, registration, moment.now);
  const { kinds, profileValues, externalIds, ageCertified } = registration;
  const certifiedAge = ageCertified === true ? policy.minimumAge?.years : undefined;
  const account = { kinds, ...(certifiedAge === undefined ? {} : { certifiedAge }) };
  return [
    { type: 'person-registered', facts: {}, sections: { self: { ...self(id, moment), fields: account } } },
    ...profileValues.map((value, index) => profileValue(policy, value, index, id, moment)),
    ...externalIds.map((known) => externalId('external-id-recorded', known, id, moment)),
  ];
}

function checkNewValue(policy: Policy, state: Person, value: NewProfileValue, { now }: Moment): void {
  checkProfileValue(policy, state.kinds, value, now, '');
  if (value.name === 'birth-date') checkBirthDateOf(policy, value.value, now, '/value');
  if (value.corrects !== undefined && state.names[value.corrects] !== value.name) {
    throw conflict('not-correctable', 'is no earlier version of this value of this person', '/corrects');
  }
}

/**
 * The version's unit is named by how many versions of any value came before, which the stream tells without keys: a
 * version that can no longer be read still counts, and no unit ever comes again.
 */
function profileValue(
  policy: Policy,
  { name, value, corrects, reason }: NewProfileValue,
  before: number,
  id: string,
  moment: Moment,
): PersonEvent {
  const category = fieldOf(policy, name)?.category;
  return {
    type: 'profile-value-recorded',
    facts: {},
    sections: {
      self: {
        ...self(id, moment),
        ...(category === undefined ? {} : { category }),
        part: `${name}-${before}`,
        fields: {
          name,
          value,
          ...(corrects === undefined ? {} : { corrects }),
          ...(reason === undefined ? {} : { reason }),
        },
      },
    },
  };
}

function externalId(
  type: 'external-id-recorded' | 'external-id-removed',
  { system, externalId: value }: ExternalId,
  id: string,
  moment: Moment,
): PersonEvent {
  return { type, facts: {}, sections: { self: { ...self(id, moment), fields: { system, externalId: value } } } };
}

function merge(type: 'person-merged' | 'person-unmerged', into: string, id: string, moment: Moment): PersonEvent {
  return { type, facts: {}, sections: { self: { ...self(id, moment), fields: { into } } } };
}

function self(id: string, { occurredAt }: Moment): { readonly person: string; readonly occurredAt: string } {
  return { person: id, occurredAt };
}

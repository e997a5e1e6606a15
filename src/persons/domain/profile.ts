import { invalid } from '@ardoise/decider';
import type { PersonKind, Policy, ProfileField, ProfileFieldName } from '@ardoise/policy';
import { checkAge } from './age';
import { checkFormat } from './formats';
import { sameExternalId, type ExternalId } from './events';

export interface ProfileValue {
  readonly name: string;
  readonly value: string;
}

/** All that is said of a person when they are registered. */
export interface Registration {
  readonly kinds: readonly PersonKind[];
  readonly profileValues: readonly ProfileValue[];
  readonly externalIds: readonly ExternalId[];
  /** The person certified to have the age that the organisation's profile asks for. */
  readonly ageCertified?: boolean;
  /** Taken over from a system that does not have all that the profile requires: what is missing is asked for later. */
  readonly incomplete?: boolean;
}

/**
 * Checks a registration against the organisation's profile: nothing beyond it, nothing required missing, nobody too
 * young (PAR-04, MVX-27, MON-20).
 * @param now RFC 3339
 * @throws Refusal
 */
export function checkRegistration(policy: Policy, registration: Registration, now: string): void {
  const { kinds, profileValues, externalIds } = registration;
  checkKinds(policy, kinds);
  profileValues.forEach((value, index) => {
    checkProfileValue(policy, kinds, value, now, `/profileValues/${index}`);
    if (profileValues.findIndex(({ name }) => name === value.name) < index) {
      throw invalid('profile-value-twice', 'each value stands once', `/profileValues/${index}/name`);
    }
  });
  if (registration.incomplete !== true) checkRequired(policy, kinds, profileValues);
  externalIds.forEach((externalId, index) => {
    checkSystem(policy, externalId, `/externalIds/${index}/system`);
    if (externalIds.findIndex((other) => sameExternalId(other, externalId)) < index) {
      throw invalid('external-id-twice', 'each external id stands once', `/externalIds/${index}`);
    }
  });
  checkAge(policy, registration, now);
}

function checkKinds(policy: Policy, kinds: readonly PersonKind[]): void {
  if (kinds.length === 0) throw invalid('kinds-missing', 'a person is of at least one kind', '/kinds');
  kinds.forEach((kind, index) => {
    if (!Object.values(policy.purposes).some(({ bases }) => bases[kind] !== undefined)) {
      throw invalid(
        'kind-not-in-profile',
        `the organisation has no purpose that concerns a ${kind}`,
        `/kinds/${index}`,
      );
    }
    if (kinds.indexOf(kind) < index) throw invalid('kind-twice', 'each kind stands once', `/kinds/${index}`);
  });
}

/**
 * Checks one value against the profile.
 * @param kinds what the person is; absent where that can no longer be read
 * @param at pointer to the object that holds `name` and `value`
 */
export function checkProfileValue(
  policy: Policy,
  kinds: readonly PersonKind[] | undefined,
  { name, value }: ProfileValue,
  now: string,
  at: string,
): void {
  const field = fieldOf(policy, name);
  if (!field) {
    throw invalid(
      'field-not-in-profile',
      `is no field of the organisation's profile; known are ${Object.keys(policy.profile.fields).join(', ')}`,
      `${at}/name`,
    );
  }
  const concerned = kindsOf(policy, field);
  if (kinds && !kinds.some((kind) => concerned.includes(kind))) {
    throw invalid('field-not-for-kind', `${name} is recorded only of: ${concerned.join(', ')}`, `${at}/name`);
  }
  checkFormat(name as ProfileFieldName, value, { now, timeZone: policy.timeZone, at: `${at}/value` });
}

function checkRequired(policy: Policy, kinds: readonly PersonKind[], values: readonly ProfileValue[]): void {
  for (const [name, field] of Object.entries(policy.profile.fields)) {
    const concerned = field.required && kinds.some((kind) => kindsOf(policy, field).includes(kind));
    if (concerned && !values.some((value) => value.name === name)) {
      throw invalid('profile-value-missing', `the organisation's profile requires ${name}`, '/profileValues');
    }
  }
}

/** Checks that the organisation keeps the numbers of a system. */
export function checkSystem(policy: Policy, { system }: ExternalId, at: string): void {
  if ((policy.externalIds as readonly string[]).includes(system)) return;
  const known = policy.externalIds.length === 0 ? 'none' : policy.externalIds.join(', ');
  throw invalid('external-id-system-not-in-profile', `the organisation keeps external ids of: ${known}`, at);
}

/** A field of the profile; never a member that every object inherits. */
export function fieldOf(policy: Policy, name: string): ProfileField | undefined {
  return Object.hasOwn(policy.profile.fields, name) ? policy.profile.fields[name as ProfileFieldName] : undefined;
}

function kindsOf(policy: Policy, { kinds, purpose }: ProfileField): readonly string[] {
  return kinds ?? Object.keys(policy.purposes[purpose]?.bases ?? {});
}

import { invalid } from '@ardoise/decider';
import type { Policy } from '@ardoise/policy';
import { localDay, yearsAfter } from '@ardoise/time';
import type { Registration } from './profile';

/** Whether somebody born on a day has reached an age at an instant, date to date in the organisation's time zone. */
export function hasReached(age: number, birthDate: string, now: string, timeZone: string): boolean {
  return yearsAfter(birthDate, age) <= localDay(now, timeZone);
}

/**
 * Checks the age that the organisation's profile asks for, by the proof that it asks for (MVX-27, MON-20). A birth date
 * that is given counts whatever the proof. Somebody who is only a visitor has no account and proves nothing.
 * @throws Refusal `under-age`, `age-certification-missing`, `age-certification-not-asked`
 */
export function checkAge(
  policy: Policy,
  { kinds, profileValues, ageCertified }: Pick<Registration, 'kinds' | 'profileValues' | 'ageCertified'>,
  now: string,
): void {
  const { minimumAge } = policy;
  if (ageCertified !== undefined && minimumAge?.proof !== 'certification') {
    throw invalid('age-certification-not-asked', "the organisation's profile asks for none", '/ageCertified');
  }
  if (!minimumAge) return;
  const index = profileValues.findIndex(({ name }) => name === 'birth-date');
  if (index >= 0) checkBirthDateOf(policy, profileValues[index]?.value ?? '', now, `/profileValues/${index}/value`);
  const visitor = kinds.every((kind) => kind === 'visitor');
  if (minimumAge.proof === 'certification' && !visitor && ageCertified !== true) {
    throw ageCertified === false
      ? underAge(minimumAge.years, '/ageCertified')
      : invalid(
          'age-certification-missing',
          `the organisation asks every person to certify to be at least ${minimumAge.years}: say true or false`,
          '/ageCertified',
        );
  }
}

/** Checks a birth date against the organisation's least age, if it has one. @throws Refusal `under-age` */
export function checkBirthDateOf({ minimumAge, timeZone }: Policy, birthDate: string, now: string, at: string): void {
  if (minimumAge && !hasReached(minimumAge.years, birthDate, now, timeZone)) throw underAge(minimumAge.years, at);
}

function underAge(years: number, at: string) {
  return invalid('under-age', `the organisation registers nobody under ${years}`, at);
}

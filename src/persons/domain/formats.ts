import { invalid } from '@ardoise/decider';
import type { ProfileFieldName } from '@ardoise/policy';
import { localDay } from '@ardoise/time';

interface Place {
  /** RFC 3339. */
  readonly now: string;
  readonly timeZone: string;
  /** Pointer to the value. */
  readonly at: string;
}

const emailPattern = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
/** Digits as people write them, with an optional country prefix (E.164 has at most fifteen). */
const phonePattern = /^\+?[\d ().-]+$/;

/** Checks that a value is what its name says. The message never quotes it. @throws Refusal */
export function checkFormat(name: ProfileFieldName, value: string, place: Place): void {
  if (value.trim() === '') throw invalid('value-blank', 'must not be blank', place.at);
  switch (name) {
    case 'email':
      if (value.length > 254 || !emailPattern.test(value)) {
        throw invalid('email-malformed', 'must be an email address', place.at);
      }
      return;
    case 'phone': {
      const digits = value.replaceAll(/\D/g, '').length;
      if (!phonePattern.test(value) || digits < 6 || digits > 15) {
        throw invalid('phone-malformed', 'must be a telephone number of 6 to 15 digits', place.at);
      }
      return;
    }
    case 'birth-date':
      return checkBirthDate(value, place);
    case 'children-count':
      if (!/^\d{1,2}$/.test(value)) throw invalid('count-malformed', 'must be a whole number', place.at);
      return;
    default:
      return;
  }
}

function checkBirthDate(value: string, { now, timeZone, at }: Place): void {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value) || !exists(value)) {
    throw invalid('birth-date-malformed', 'must be a day that exists, YYYY-MM-DD', at);
  }
  if (value > localDay(now, timeZone)) throw invalid('birth-date-in-the-future', 'must not lie in the future', at);
}

function exists(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

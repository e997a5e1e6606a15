import { DateTime } from 'luxon';

/** The calendar day of an instant (RFC 3339) in a time zone, YYYY-MM-DD. */
export function localDay(instant: string, timeZone: string): string {
  return DateTime.fromISO(instant, { zone: timeZone }).toFormat('yyyy-MM-dd');
}

import { DateTime } from 'luxon';

/** The calendar day, YYYY-MM-DD, that it is at an instant in a time zone. @throws RangeError for what is no instant or zone */
export function localDay(instant: Date | string, timeZone: string): string {
  const day = DateTime.fromJSDate(new Date(instant), { zone: timeZone }).toISODate();
  if (day === null) throw new RangeError('no instant, or no time zone');
  return day;
}

/** The day that lies whole years after another, date to date: where the date is missing, the last of its month. */
export function yearsAfter(day: string, years: number): string {
  const later = DateTime.fromISO(day, { zone: 'utc' }).plus({ years }).toISODate();
  if (later === null) throw new RangeError('no day');
  return later;
}

/** The day before. */
export function dayBefore(day: string): string {
  const before = DateTime.fromISO(day, { zone: 'utc' }).minus({ days: 1 }).toISODate();
  if (before === null) throw new RangeError('no day');
  return before;
}

/** An instant of a day in a time zone: its noon. @throws RangeError for what is no day or zone */
export function noonOf(day: string, timeZone: string): Date {
  const noon = DateTime.fromISO(`${day}T12:00:00`, { zone: timeZone });
  if (!noon.isValid) throw new RangeError('no day, or no time zone');
  return noon.toJSDate();
}

import { DateTime, Duration } from 'luxon';
import { noneBeyondBasis, type CategoryRule, type Policy, type RetentionRule } from './policy';
import { periodPattern } from './schema';
import type { Category, PersonKind } from './vocabulary';

const period = new RegExp(periodPattern);

/**
 * The instant from which data under a rule are no longer kept.
 *
 * Counted date to date in the organisation's time zone, as article 3 of Regulation 1182/71 and article 641 of the
 * Code de procédure civile count months and years: the hour of the starting event does not matter, the last day bears
 * the same number as the starting day (or is the last of its month where that number is missing), and is kept whole.
 * So the end is the first instant of the day after. Example: one year from 15 March 2025, at whatever hour, ends at
 * the first instant of 16 March 2026. `none-beyond-basis` ends with the starting event, to the millisecond.
 * @param startInstant when the rule's starting event happened; for `fiscal-year-closed` see `fiscalYearClose`, for
 * `day` any instant of that day.
 * @throws RangeError for a period, a time zone or an instant that is none.
 */
export function endOfRetention(rule: Pick<RetentionRule, 'period'>, startInstant: Date, timeZone: string): Date {
  const start = localDate(startInstant, timeZone);
  if (rule.period === noneBeyondBasis) return new Date(startInstant);
  if (!period.test(rule.period)) throw new RangeError(`"${rule.period}" is no period; right is for example P5Y`);
  // In UTC, where every day exists and has 24 hours, so that a change of the clocks moves no date.
  const lastDay = DateTime.utc(start.year, start.month, start.day).plus(Duration.fromISO(rule.period));
  return startOfDay(lastDay.plus({ days: 1 }), timeZone);
}

/**
 * The close of the fiscal year that an instant falls in: the last millisecond of its closing day in the time zone, so
 * that a period counted from it is counted from that day's date (Code de commerce L.123-22: ten years from the close).
 * @param fiscalYearEnd month and day as MM-DD; 02-29 means the last day of February.
 */
export function fiscalYearClose(instant: Date, fiscalYearEnd: string, timeZone: string): Date {
  const date = localDate(instant, timeZone);
  const today = DateTime.utc(date.year, date.month, date.day);
  const closing = closingDay(date.year, fiscalYearEnd);
  const close = today > closing ? closingDay(date.year + 1, fiscalYearEnd) : closing;
  return new Date(startOfDay(close.plus({ days: 1 }), timeZone).getTime() - 1);
}

/** Whether MM-DD names a day that some year has. */
export function isFiscalYearEnd(monthDay: string): boolean {
  return DateTime.fromISO(`2024-${monthDay}`, { zone: 'utc' }).isValid;
}

/** The rule for a kind of person: its own where the category has one, else the category's. */
export function ruleFor(policy: Pick<Policy, 'categories'>, category: Category, kind?: PersonKind): RetentionRule {
  const rule: CategoryRule = policy.categories[category];
  return (kind && rule.retentionByKind?.[kind]) ?? rule.retention;
}

/**
 * `endOfRetention` with the organisation's rule, time zone and fiscal year.
 * @param startInstant when the starting event happened; where the rule counts from the close of the fiscal year, the
 * instant of the document itself.
 */
export function retentionEnd(policy: Policy, category: Category, startInstant: Date, kind?: PersonKind): Date {
  const rule = ruleFor(policy, category, kind);
  const start =
    rule.from === 'fiscal-year-closed'
      ? fiscalYearClose(startInstant, policy.fiscalYearEnd, policy.timeZone)
      : startInstant;
  return endOfRetention(rule, start, policy.timeZone);
}

function closingDay(year: number, fiscalYearEnd: string): DateTime {
  if (!isFiscalYearEnd(fiscalYearEnd)) throw new RangeError(`"${fiscalYearEnd}" is no day; right is for example 12-31`);
  const [month, day] = fiscalYearEnd.split('-').map(Number) as [number, number];
  const lastOfMonth = DateTime.utc(year, month).endOf('month').day;
  return DateTime.utc(year, month, Math.min(day, lastOfMonth));
}

function localDate(instant: Date, timeZone: string): DateTime {
  const date = DateTime.fromJSDate(instant, { zone: timeZone });
  if (date.invalidReason === 'unsupported zone') {
    throw new RangeError(`"${timeZone}" is no time zone; right is for example Europe/Paris`);
  }
  if (!date.isValid) throw new RangeError('the starting instant is no date');
  return date;
}

/** The first instant of a calendar day; where the clocks skip midnight, the first that exists. */
function startOfDay(day: DateTime, timeZone: string): Date {
  const { year, month } = day;
  return DateTime.fromObject({ year, month, day: day.day }, { zone: timeZone }).startOf('day').toJSDate();
}

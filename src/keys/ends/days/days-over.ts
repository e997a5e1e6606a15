import { endOfRetention, type Category, type Policy } from '@ardoise/policy';
import { categoriesOf, type EventDeclaration } from '@ardoise/sealing';
import { noonOf } from '@ardoise/time';

/** The categories of which something is recorded under keys that end with their day, sorted. */
export function categoriesByDay(declarations: readonly EventDeclaration[]): Category[] {
  const sections = declarations.flatMap((declaration) => Object.values(declaration.sections));
  const categories = sections.filter(({ byDay }) => byDay).flatMap((section) => categoriesOf(section));
  return [...new Set(categories as Category[])].sort();
}

/**
 * When a category's day ends in an organisation: its period after that day, date to date in its time zone. One key is
 * everybody's, so where kinds of person have periods of their own, the longest counts.
 */
export function endOfDay({ categories, timeZone }: Policy, category: Category, day: string): Date {
  const { retention, retentionByKind = {} } = categories[category];
  const noon = noonOf(day, timeZone);
  const ends = [retention, ...Object.values(retentionByKind)].map((rule) => endOfRetention(rule, noon, timeZone));
  return new Date(Math.max(...ends.map((end) => end.getTime())));
}

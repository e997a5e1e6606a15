import { ImportError } from './import-error';

/** Months in which presentations begin: B on 1 February, J on 1 October. */
const months: { readonly [letter: string]: number } = { B: 1, J: 9 };

/** The first day of a presentation, YYYY-MM-DD. @throws ImportError for a code that is none */
export function startOf(presentation: string): string {
  const match = /^(\d{4})([BJ])$/.exec(presentation);
  if (!match) throw new ImportError('presentation-unknown', 'a presentation is a year and B or J, such as 2013J');
  return iso(new Date(Date.UTC(Number(match[1]), months[match[2] as string] as number, 1)));
}

/** The day that lies an offset of days from a presentation's first; negative before it. */
export function dayAt(start: string, offset: number): string {
  const date = new Date(`${start}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + offset);
  return iso(date);
}

const iso = (date: Date): string => date.toISOString().slice(0, 10);

/**
 * The data know days, an event an instant. Within a day one registers, then hands in, then leaves: at hours that are on
 * the same calendar day in London, where it happened, and in Paris, where it is counted.
 */
const hours = { registered: '06:00:00.000Z', submitted: '12:00:00.000Z', ended: '20:00:00.000Z' } as const;

export function instantOf(day: string, what: keyof typeof hours): string {
  return `${day}T${hours[what]}`;
}

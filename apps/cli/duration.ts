import { InvalidArgumentError } from 'commander';

const hour = 3_600_000;
export const day = 24 * hour;

/** Days or hours of an option, in milliseconds. */
export function duration(text: string): number {
  const [, number, unit] = /^(\d{1,5})(d|h)$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It takes days or hours, as in 35d or 12h; 0d for none.');
  return Number(number) * (unit === 'd' ? day : hour);
}

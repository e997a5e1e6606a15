/** Pauses that grow from try to try. Milliseconds, by the injected clock. */
export interface BackOff {
  readonly first: number;
  readonly longest: number;
}

/**
 * The pause after so many failures in a row: doubled each time up to the longest, of which a random half is taken off,
 * so that receivers that failed together are not tried together.
 * @param random from 0 to below 1
 */
export function pauseAfter({ first, longest }: BackOff, failures: number, random: number): number {
  const whole = Math.min(longest, first * 2 ** Math.min(failures - 1, 40));
  return Math.round(whole / 2 + (random * whole) / 2);
}

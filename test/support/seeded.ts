/** Draws that are the same again for the same seed. */
export interface Chance {
  /** A whole number from 0 to one below the limit. */
  below(limit: number): number;
  /** True once in so many draws. */
  oneIn(count: number): boolean;
}

/** The generator mulberry32: 32 bits of state, and enough for choosing what to do next. */
export function seededFrom(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, oneIn: (count) => below(count) === 0 };
}

/**
 * Positions of the port are twice the engine's commit positions (bytes from the log's beginning, growing, one to each
 * event). The engine reads from the beginning of an event only, and a caller may ask for what comes after any number, such
 * as one less than a position to read that event itself: half of it, rounded up, is then where an event begins.
 */
export function positionOf(commit: bigint): bigint {
  return commit * 2n;
}

/** Where reading begins that is to give what comes after a position. */
export function commitFrom(after: bigint): bigint {
  return (after + 1n) / 2n;
}

import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn from the system in large pieces: one call for each salt would cost more than the sealing. */
const pool = Buffer.allocUnsafe(16_384);
let used = pool.length;

/** Fresh random bytes from the system's generator; each is given out once. */
export function randomBytes(count: number): Buffer {
  if (count > pool.length) return randomFillSync(Buffer.allocUnsafe(count));
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + count));
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
}

/** A new random 128-bit id as 32 lower-case hexadecimal digits; it carries no time. */
export function randomId(): string {
  return randomBytes(16).toString('hex');
}

const idPattern = /^[0-9a-f]{32}$/;
const streamPattern = /^[a-z][a-z0-9-]{0,30}-[0-9a-f]{32}$/;
const organisationPattern = /^[a-z0-9]{1,40}$/;

/** Whether the text is an id of ours: 32 lower-case hexadecimal digits. */
export function isId(text: string): boolean {
  return idPattern.test(text);
}

/** Whether the text is a stream id: its kind, a hyphen, and an id. */
export function isStreamId(text: string): boolean {
  return streamPattern.test(text);
}

/** Whether the text is an organisation's slug: one to 40 of a-z and 0-9. */
export function isOrganisation(text: string): boolean {
  return organisationPattern.test(text);
}

/** The id of the one stream of its kind that an organisation has: its own record, its vault's record. */
export function singleStream(kind: string): string {
  return `${kind}-${'0'.repeat(32)}`;
}

/** The kind of a stream: what stands before its id. */
export function kindOf(stream: string): string {
  return stream.slice(0, -33);
}

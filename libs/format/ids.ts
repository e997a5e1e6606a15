import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn from the system in large pieces: one call for each salt would cost more than the sealing. */
const pool = Buffer.allocUnsafe(16_384);
let used = pool.length;

/** Where salts and nonces come from. Only what reproduces frozen bytes gives another than `randomBytes`. */
export type Randomness = (count: number) => Buffer;

/** Fresh random bytes from the system's generator; each is given out once. */
export function randomBytes(count: number): Buffer {
  if (count > pool.length) return randomFillSync(Buffer.allocUnsafe(count));
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.allocUnsafe(count);
  for (let i = 0; i < count; i++, used++) {
    bytes[i] = pool[used] as number;
    pool[used] = 0;
  }
  return bytes;
}

/** A new random 128-bit id as 32 lower-case hexadecimal digits; it carries no time. */
export function randomId(): string {
  return randomBytes(16).toString('hex');
}

const kindPattern = /^(?=[a-z0-9-]{1,31}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const organisationPattern = /^[a-z0-9]{1,40}$/;
const typePattern = /^(?=[a-z0-9-]{1,100}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const namePattern = /^[a-z][A-Za-z0-9]{0,63}$/;
const dayPattern = /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const secondPattern = /^.{10}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

const hexDigits = new Uint8Array(128);
for (const digit of '0123456789abcdef') hexDigits[digit.charCodeAt(0)] = 1;

/** Whether a text has so many lower-case hexadecimal digits from there on, and nothing more: a third of a pattern's time. */
export function endsInHex(text: string, from: number, count: number): boolean {
  if (text.length !== from + count) return false;
  for (let i = from; i < text.length; i++) if (hexDigits[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/** Whether it is an id of ours: 32 lower-case hexadecimal digits. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && endsInHex(text, 0, 32);
}

/** Whether it is a SHA-256 or an HMAC-SHA256: 64 lower-case hexadecimal digits. */
export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && endsInHex(text, 0, 64);
}

/** Whether it is a kind of stream: words of a-z and 0-9 with single hyphens between them, at most 31 characters. */
export function isKind(text: unknown): text is string {
  return typeof text === 'string' && kindPattern.test(text);
}

/** Whether it is a stream id: its kind, a hyphen, and an id. */
export function isStreamId(text: unknown): text is string {
  if (typeof text !== 'string' || text.length < 34) return false;
  const hyphen = text.length - 33;
  return text[hyphen] === '-' && endsInHex(text, hyphen + 1, 32) && isKind(text.slice(0, hyphen));
}

/** Whether it is an organisation's slug: one to 40 of a-z and 0-9. */
export function isOrganisation(text: unknown): text is string {
  return typeof text === 'string' && organisationPattern.test(text);
}

/** Whether it is an event type: words of a-z and 0-9 with single hyphens between them, at most 100 characters. */
export function isEventType(text: unknown): text is string {
  return typeof text === 'string' && typePattern.test(text);
}

/** Whether it can name a fact or a sealed field: a letter a-z, then at most 63 letters and digits of ASCII. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && namePattern.test(text);
}

/** Whether it is a day of the calendar, YYYY-MM-DD. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !dayPattern.test(text)) return false;
  // Only the last days of a month are not in every month.
  return text.slice(8) <= '28' || new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

/** Whether it is an instant in UTC to the whole second, YYYY-MM-DDThh:mm:ssZ. */
export function isSecond(text: unknown): text is string {
  return typeof text === 'string' && secondPattern.test(text) && isDay(text.slice(0, 10));
}

/** The id of the one stream of its kind that an organisation has: its own record, its vault's record. */
export function singleStream(kind: string): string {
  return `${kind}-${'0'.repeat(32)}`;
}

/** The kind of a stream: what stands before its id. */
export function kindOf(stream: string): string {
  return stream.slice(0, -33);
}

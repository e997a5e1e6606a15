import { isUtf8 } from 'node:buffer';
import { canonicalJson, NotCanonicalError, type Json } from './canonical';
import { lengthPrefixed, sha256Hex, sha256Latin1, shortPrefixes } from './digest';
import { FormatError } from './errors';
import { isName, randomBytes, type Randomness } from './ids';

/** A field of a section. */
export interface Field {
  readonly name: string;
  /** 16 random bytes as they stand in the plaintext: 22 characters of base64url. */
  readonly salt: string;
  readonly value: Json;
}

/** A section's plaintext and the commitment that stands for it in the clear header. */
export interface SectionText {
  readonly plaintext: Buffer;
  /** 64 hexadecimal digits. */
  readonly commitment: string;
}

export const saltLength = 16;
export const paddingBlock = 128;
const fieldLabel = 'ardoise/field/1';
const commitmentLabel = 'ardoise/commitment/1';
const spaces = ' '.repeat(paddingBlock);
/** Base64url of 16 bytes without padding; in its last digit the four unused bits are zero. */
const saltPattern = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/** Whether it is a field's salt as a plaintext has it. */
export function isSalt(text: unknown): text is string {
  return typeof text === 'string' && saltPattern.test(text);
}

/**
 * The digest of one field: SHA-256 over label, salt (its 16 bytes), name and canonical value, each length-prefixed; in
 * hexadecimal.
 */
export function fieldDigest(name: string, salt: string, canonicalValue: string): string {
  return sha256Hex(lengthPrefixed([fieldLabel, Buffer.from(salt, 'base64url'), name, canonicalValue]));
}

/** Label and salt length stand ready; salt, name and value are written behind them for each field. */
const fieldInput = Buffer.alloc(512);
const saltEnd = lengthPrefixed([fieldLabel, Buffer.alloc(saltLength)]).copy(fieldInput);
const saltStart = saltEnd - saltLength;
/** The beginnings of it that were hashed, by where they end: to cut one out anew costs a fifth of its hash. */
const beginnings: Buffer[] = [];

/** The digest of the field whose salt was written to its place in `fieldInput`, as 32 characters of Latin-1. */
function digestOf(name: string, canonicalValue: string): string {
  if (name.length < shortPrefixes.length && canonicalValue.length < shortPrefixes.length) {
    const text = `${shortPrefixes[name.length]}${name}${shortPrefixes[canonicalValue.length]}${canonicalValue}`;
    const end = saltEnd + fieldInput.write(text, saltEnd);
    // As many bytes as code units: all of it is ASCII, and the lengths are right.
    if (end === saltEnd + text.length) return sha256Latin1((beginnings[end] ??= fieldInput.subarray(0, end)));
  }
  return sha256Latin1(lengthPrefixed([fieldLabel, fieldInput.subarray(saltStart, saltEnd), name, canonicalValue]));
}

const latin1 = (parts: readonly (string | Uint8Array)[]): string => lengthPrefixed(parts).toString('latin1');
const commitmentStart = latin1([commitmentLabel, Buffer.alloc(4)]).slice(0, -4);
const digestPrefix = latin1([Buffer.alloc(32)]).slice(0, 4);

/** The commitment over a section's field digests: label, count (32 bits) and the digests in byte order. */
export function commitmentOf(digests: readonly string[]): string {
  return commitmentOfLatin1(digests.map((digest) => Buffer.from(digest, 'hex').toString('latin1')));
}

/** Sorts the digests. */
function commitmentOfLatin1(digests: string[]): string {
  const count = digests.length;
  let text =
    commitmentStart + String.fromCharCode(count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255);
  // Characters of Latin-1 sort as their bytes do.
  for (const digest of digests.sort()) text += digestPrefix + digest;
  return sha256Hex(Buffer.from(text, 'latin1'));
}

/**
 * Writes a section: the canonical list of `[name, salt, value]`, sorted by name, padded with spaces to a multiple of
 * 128 bytes. Fields whose value is `undefined` are absent; each field gets a fresh salt.
 * @throws FormatError `section-malformed` for a name that the format does not allow; NotCanonicalError for a value.
 */
export function writeSection(
  values: { readonly [name: string]: Json | undefined },
  random: Randomness = randomBytes,
): SectionText {
  const names = Object.keys(values).filter((name) => values[name] !== undefined);
  names.sort();
  const salts = random(saltLength * names.length);
  const digests: string[] = [];
  let text = '';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (!isName(name)) throw malformed();
    const salt = salts.toString('base64url', saltLength * i, saltLength * (i + 1));
    const canonical = canonicalJson(values[name] as Json);
    for (let j = 0; j < saltLength; j++) fieldInput[saltStart + j] = salts[saltLength * i + j] as number;
    digests.push(digestOf(name, canonical));
    text += `${text === '' ? '[' : ','}["${name}","${salt}",${canonical}]`;
  }
  text = text === '' ? '[]' : text + ']';
  const length = Buffer.byteLength(text);
  const padded = text + spaces.slice(0, -length & (paddingBlock - 1));
  const plaintext = Buffer.from(padded, length === text.length ? 'latin1' : 'utf8');
  return { plaintext, commitment: commitmentOfLatin1(digests) };
}

/**
 * Reads a section and recomputes its commitment. One content has one plaintext: anything else is refused.
 * @throws FormatError `section-malformed`, `commitment-differs`
 */
export function readSection(plaintext: Buffer, commitment: string): Field[] {
  const fields: Field[] = [];
  const digests: string[] = [];
  const text = textOf(plaintext);
  let canonical = '';
  let previous = '';
  for (const entry of entriesOf(text)) {
    if (!Array.isArray(entry) || entry.length !== 3) throw malformed();
    const [name, salt, value] = entry as [unknown, unknown, Json];
    if (!isName(name) || name <= previous || !isSalt(salt)) throw malformed();
    const valueText = canonicalOf(value);
    fields.push({ name, salt, value });
    fieldInput.write(salt, saltStart, saltLength, 'base64url');
    digests.push(digestOf(name, valueText));
    canonical += `${canonical === '' ? '[' : ','}["${name}","${salt}",${valueText}]`;
    previous = name;
  }
  canonical = canonical === '' ? '[]' : canonical + ']';
  const padding = text.length - canonical.length;
  if (padding < 0 || padding >= paddingBlock || text !== canonical + spaces.slice(0, padding)) throw malformed();
  if (commitmentOfLatin1(digests) !== commitment) {
    throw new FormatError('commitment-differs', 'a section does not match its commitment');
  }
  return fields;
}

function textOf(plaintext: Buffer): string {
  const blocks = plaintext.length / paddingBlock;
  // Bytes that are not UTF-8 would read as replacement characters: two plaintexts for one content.
  if (blocks === 0 || !Number.isInteger(blocks) || !isUtf8(plaintext)) throw malformed();
  return plaintext.toString('utf8');
}

function entriesOf(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list;
  } catch {
    // Not JSON: refused below.
  }
  throw malformed();
}

function canonicalOf(value: Json): string {
  try {
    return canonicalJson(value);
  } catch (error) {
    throw error instanceof NotCanonicalError ? malformed() : error;
  }
}

function malformed(): FormatError {
  return new FormatError(
    'section-malformed',
    'a section is not a canonical list of name, salt and value, sorted by name and padded to the block',
  );
}

import { hash } from 'node:crypto';
import { canonicalJson, type Json } from './canonical';
import { lengthPrefixed } from './digest';
import { FormatError } from './errors';
import { randomBytes } from './ids';

/** A field of a section: its name, its salt (16 random bytes) and its value. */
export interface Field {
  readonly name: string;
  readonly salt: Buffer;
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
const space = 0x20;

/** The digest of one field: SHA-256 over label, salt, name and canonical value, each length-prefixed. */
export function fieldDigest(name: string, salt: Uint8Array, canonicalValue: string): Buffer {
  return hash('sha256', lengthPrefixed([fieldLabel, salt, name, canonicalValue]), 'buffer');
}

/** The commitment over a section's field digests: label, count (32 bits) and the digests in byte order. */
export function commitmentOf(digests: readonly Buffer[]): string {
  const count = Buffer.allocUnsafe(4);
  count.writeUInt32BE(digests.length);
  return hash('sha256', lengthPrefixed([commitmentLabel, count, ...[...digests].sort((a, b) => a.compare(b))]), 'hex');
}

/**
 * Writes a section: the canonical list of `[name, salt, value]`, sorted by name, padded with spaces to a multiple of
 * 128 bytes. Fields whose value is `undefined` are absent; each field gets a fresh salt.
 */
export function writeSection(values: { readonly [name: string]: Json | undefined }): SectionText {
  const digests: Buffer[] = [];
  let text = '';
  for (const name of Object.keys(values).sort()) {
    const value = values[name];
    if (value === undefined) continue;
    const salt = randomBytes(saltLength);
    const canonical = canonicalJson(value);
    digests.push(fieldDigest(name, salt, canonical));
    text += `${text === '' ? '[' : ','}[${canonicalJson(name)},"${salt.toString('base64url')}",${canonical}]`;
  }
  text = text === '' ? '[]' : text + ']';
  const length = Buffer.byteLength(text);
  const plaintext = Buffer.alloc(Math.ceil(length / paddingBlock) * paddingBlock, space);
  plaintext.write(text);
  return { plaintext, commitment: commitmentOf(digests) };
}

/**
 * Reads a section and recomputes its commitment.
 * @throws FormatError when the plaintext is no section, or not the one that the commitment stands for.
 */
export function readSection(plaintext: Buffer, commitment: string): Field[] {
  const fields = parseFields(plaintext);
  const digests = fields.map((field) => fieldDigest(field.name, field.salt, canonicalJson(field.value)));
  if (commitmentOf(digests) !== commitment)
    throw new FormatError('commitment-differs', 'a section does not match its commitment');
  return fields;
}

function parseFields(plaintext: Buffer): Field[] {
  if (plaintext.length === 0 || plaintext.length % paddingBlock !== 0) throw malformed();
  let list: unknown;
  try {
    list = JSON.parse(plaintext.toString('utf8'));
  } catch {
    throw malformed();
  }
  if (!Array.isArray(list)) throw malformed();
  return list.map((entry: unknown) => {
    if (!Array.isArray(entry) || entry.length !== 3) throw malformed();
    const [name, salt, value] = entry as [unknown, unknown, Json];
    if (typeof name !== 'string' || typeof salt !== 'string') throw malformed();
    const bytes = Buffer.from(salt, 'base64url');
    if (bytes.length !== saltLength) throw malformed();
    return { name, salt: bytes, value };
  });
}

function malformed(): FormatError {
  return new FormatError('section-malformed', 'a section is not a padded list of name, salt and value');
}

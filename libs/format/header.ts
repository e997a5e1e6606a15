import { canonicalBytes, type Json } from './canonical';
import { sha256, sha256Of } from './digest';
import { FormatError } from './errors';
import { isId, isOrganisation, isStreamId } from './ids';

/** What a header says of one sealed section. */
export interface SectionHeader {
  /** `sha256:` and the SHA-256 of the ciphertext in hexadecimal. */
  readonly ciphertext: string;
  readonly commitment: string;
  readonly fingerprint: string;
  readonly unit: string;
  /** The day (YYYY-MM-DD) of a unit that ends with its day's group; absent for all others. */
  readonly day?: string;
}

/** The clear header of an event: the bytes of its canonical form are what is stored, and the ledger's leaf. */
export interface Header {
  /** HMAC of stream and command id under the naming key, 64 hexadecimal digits. */
  readonly command: string;
  /** What concerns nobody. */
  readonly facts: { readonly [name: string]: Json | undefined };
  readonly format: 1;
  readonly id: string;
  readonly organisation: string;
  /** Number of the policy version in force. */
  readonly policy: number;
  /** RFC 3339 in UTC, whole seconds. */
  readonly recordedAt: string;
  readonly schema: number;
  readonly sections: readonly SectionHeader[];
  readonly stream: string;
  readonly type: string;
  /** Version in the stream, from 0 without a gap. */
  readonly version: number;
}

export const headerLimit = 65_535;
const names = 'command,facts,format,id,organisation,policy,recordedAt,schema,sections,stream,type,version';
const hex64 = /^[0-9a-f]{64}$/;
const ciphertextPattern = /^sha256:[0-9a-f]{64}$/;
const secondPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;
const typePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * The stored bytes of a header.
 * @throws FormatError `header-too-large` beyond 65,535 bytes.
 */
export function writeHeader(header: Header): Buffer {
  const bytes = canonicalBytes(header as unknown as Json);
  if (bytes.length > headerLimit) {
    throw new FormatError(
      'header-too-large',
      `an event's header has ${bytes.length} bytes; at most ${headerLimit} are allowed`,
    );
  }
  return bytes;
}

/**
 * Reads stored header bytes. With `strict`, also that they are canonical and each member is well formed, as a verifier
 * asks; without, only what reading needs.
 * @throws FormatError
 */
export function readHeader(bytes: Buffer, { strict = false } = {}): Header {
  let header: Header;
  try {
    header = JSON.parse(bytes.toString('utf8')) as Header;
  } catch {
    throw new FormatError('header-malformed', 'an event header is not JSON');
  }
  if (header === null || typeof header !== 'object' || header.format !== 1) {
    throw new FormatError('header-malformed', 'an event header is not of format 1');
  }
  if (strict) checkHeader(header, bytes);
  return header;
}

function checkHeader(header: Header, bytes: Buffer): void {
  if (bytes.length > headerLimit) throw new FormatError('header-too-large', 'an event header is too large');
  if (!canonicalBytes(header as unknown as Json).equals(bytes)) {
    throw new FormatError('header-not-canonical', 'an event header is not in its canonical form');
  }
  const wellFormed =
    Object.keys(header).sort().join() === names &&
    hex64.test(header.command) &&
    isPlainObject(header.facts) &&
    isId(header.id) &&
    isOrganisation(header.organisation) &&
    isNatural(header.policy) &&
    secondPattern.test(header.recordedAt) &&
    isNatural(header.schema) &&
    isStreamId(header.stream) &&
    typePattern.test(header.type) &&
    isNatural(header.version) &&
    Array.isArray(header.sections) &&
    header.sections.every(isSectionHeader);
  if (!wellFormed) throw new FormatError('header-malformed', 'an event header has a member that is not well formed');
}

function isSectionHeader(section: SectionHeader): boolean {
  const members = Object.keys(section).sort().join();
  return (
    (members === 'ciphertext,commitment,fingerprint,unit' ||
      members === 'ciphertext,commitment,day,fingerprint,unit') &&
    ciphertextPattern.test(section.ciphertext) &&
    hex64.test(section.commitment) &&
    hex64.test(section.fingerprint) &&
    isId(section.unit) &&
    (section.day === undefined || dayPattern.test(section.day))
  );
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNatural(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

const leafPrefix = Buffer.from([0]);

/** The RFC 6962 leaf hash of a header's stored bytes: SHA-256 over the byte 0 and the bytes. */
export function leafHash(header: Buffer): Buffer {
  return sha256Of([leafPrefix, header]);
}

/** A ciphertext as a header names it. */
export function ciphertextDigest(ciphertext: Buffer): string {
  return 'sha256:' + sha256(ciphertext).toString('hex');
}

/** Frames an event's ciphertexts into the one byte string that is stored beside its header. */
export function writeSections(ciphertexts: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (const ciphertext of ciphertexts) {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(ciphertext.length);
    parts.push(length, ciphertext);
  }
  return Buffer.concat(parts);
}

/**
 * The ciphertexts of a stored event, in the order of its header.
 * @throws FormatError `sections-malformed` when the frames do not fill the bytes exactly.
 */
export function readSections(bytes: Buffer): Buffer[] {
  const ciphertexts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 4 <= bytes.length ? at + 4 + bytes.readUInt32BE(at) : Infinity;
    if (end > bytes.length) throw new FormatError('sections-malformed', "an event's sections are cut off or overlong");
    ciphertexts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return ciphertexts;
}

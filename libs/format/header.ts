import { isUtf8 } from 'node:buffer';
import { canonicalJson, NotCanonicalError, type Json } from './canonical';
import { sha256, sha256Hex } from './digest';
import { FormatError } from './errors';
import { endsInHex, isDay, isDigest, isEventType, isId, isName, isOrganisation, isSecond, isStreamId } from './ids';

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
const members = 12;
const ciphertextBegins = 'sha256:';

/**
 * The stored bytes of a header.
 * @throws FormatError `header-malformed`, and `header-too-large` beyond 65,535 bytes; NotCanonicalError for a fact.
 */
export function writeHeader(header: Header): Buffer {
  if (!isWellFormed(header)) throw malformed();
  const bytes = Buffer.from(canonicalText(header), 'utf8');
  if (bytes.length > headerLimit) throw tooLarge(bytes.length);
  return bytes;
}

/**
 * Reads stored header bytes: canonical, every member there and well formed, no other.
 * @throws FormatError `header-malformed`, `header-not-canonical`, `header-too-large`
 */
export function readHeader(bytes: Buffer): Header {
  if (bytes.length > headerLimit) throw tooLarge(bytes.length);
  const text = bytes.toString('utf8');
  const header = parse(text);
  if (!isUtf8(bytes) || !isWellFormed(header) || Object.keys(header).length !== members) throw malformed();
  try {
    if (canonicalText(header) === text) return header;
  } catch (error) {
    if (!(error instanceof NotCanonicalError)) throw error;
  }
  throw new FormatError('header-not-canonical', 'an event header is not in its canonical form');
}

/** The canonical form of a well-formed header: its members in their order, of which only the facts need escaping. */
function canonicalText(header: Header): string {
  return (
    `{"command":"${header.command}","facts":${canonicalJson(header.facts)},"format":1,"id":"${header.id}"` +
    `,"organisation":"${header.organisation}","policy":${header.policy},"recordedAt":"${header.recordedAt}"` +
    `,"schema":${header.schema},"sections":[${header.sections.map(sectionText).join()}]` +
    `,"stream":"${header.stream}","type":"${header.type}","version":${header.version}}`
  );
}

function sectionText({ ciphertext, commitment, day, fingerprint, unit }: SectionHeader): string {
  const dayMember = day === undefined ? '' : `"day":"${day}",`;
  return `{"ciphertext":"${ciphertext}","commitment":"${commitment}",${dayMember}"fingerprint":"${fingerprint}","unit":"${unit}"}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError('header-malformed', 'an event header is not JSON');
  }
}

/** Whether the members are there and well formed; that there is no other is seen from the canonical form. */
function isWellFormed(value: unknown): value is Header {
  if (!isObject(value)) return false;
  const header = value as { readonly [M in keyof Header]: unknown };
  return (
    header.format === 1 &&
    isDigest(header.command) &&
    isObject(header.facts) &&
    Object.keys(header.facts).every(isName) &&
    isId(header.id) &&
    isOrganisation(header.organisation) &&
    isNatural(header.policy) &&
    isSecond(header.recordedAt) &&
    isNatural(header.schema) &&
    header.schema > 0 &&
    Array.isArray(header.sections) &&
    header.sections.every(isSectionHeader) &&
    isStreamId(header.stream) &&
    isEventType(header.type) &&
    isNatural(header.version)
  );
}

function isSectionHeader(value: unknown): value is SectionHeader {
  if (!isObject(value)) return false;
  const section = value as { readonly [M in keyof SectionHeader]: unknown };
  return (
    typeof section.ciphertext === 'string' &&
    section.ciphertext.startsWith(ciphertextBegins) &&
    endsInHex(section.ciphertext, ciphertextBegins.length, 64) &&
    isDigest(section.commitment) &&
    isDigest(section.fingerprint) &&
    isId(section.unit) &&
    (section.day === undefined || isDay(section.day))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function malformed(): FormatError {
  return new FormatError('header-malformed', 'an event header lacks a member, or has one that is not well formed');
}

function tooLarge(length: number): FormatError {
  return new FormatError(
    'header-too-large',
    `an event's header has ${length} bytes; at most ${headerLimit} are allowed`,
  );
}

/** The byte 0, and room for the longest header. */
const leafInput = Buffer.alloc(1 + headerLimit);

/** The RFC 6962 leaf hash of a header's stored bytes: SHA-256 over the byte 0 and the bytes. */
export function leafHash(header: Buffer): Buffer {
  if (header.length > headerLimit) throw tooLarge(header.length);
  return sha256(leafInput.subarray(0, 1 + header.copy(leafInput, 1)));
}

/** A ciphertext as a header names it. */
export function ciphertextDigest(ciphertext: Buffer): string {
  return ciphertextBegins + sha256Hex(ciphertext);
}

const commandBegins = '{"command":"';
const commandDigits = /^[0-9a-f]{64}$/;

/**
 * The command that a header names, 32 bytes: its first member in the canonical form; nothing else of it is looked at.
 * @throws FormatError `header-malformed`
 */
export function commandOf(header: Buffer): Buffer {
  const digits = header.toString('latin1', commandBegins.length, commandBegins.length + 64);
  if (header.toString('latin1', 0, commandBegins.length) === commandBegins && commandDigits.test(digits)) {
    return Buffer.from(digits, 'hex');
  }
  throw new FormatError('header-malformed', 'an event header does not begin with its command');
}

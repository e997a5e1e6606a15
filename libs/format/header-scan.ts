import { isUtf8 } from 'node:buffer';
import { canonicalJson, NotCanonicalError, type Json } from './canonical';
import { FormatError } from './errors';
import { headerLimit, readHeader } from './header';
import { isEventType, isName, isOrganisation, isStreamId } from './ids';

/** Where what a section header says stands in the bytes of the header. */
export interface SectionOffsets {
  /** Of the 64 digits of the ciphertext's digest, after `sha256:`. */
  ciphertext: number;
  /** Of the 64 digits. */
  fingerprint: number;
  /** Of the 32 digits. */
  unit: number;
  /** Of the ten characters; −1 where the section has no day. */
  day: number;
}

const hexDigits = new Uint8Array(256);
for (const digit of '0123456789abcdef') hexDigits[digit.charCodeAt(0)] = 1;

const literal = (text: string): Buffer => Buffer.from(text, 'latin1');
const begin = literal('{"command":"');
const beforeFacts = literal('","facts":');
const beforeId = literal(',"format":1,"id":"');
const beforeOrganisation = literal('","organisation":"');
const beforePolicy = literal('","policy":');
const beforeRecordedAt = literal(',"recordedAt":"');
const beforeSchema = literal('","schema":');
const beforeSections = literal(',"sections":[');
const beforeStream = literal('],"stream":"');
const beforeType = literal('","type":"');
const beforeVersion = literal('","version":');
const sectionBegin = literal('{"ciphertext":"sha256:');
const beforeCommitment = literal('","commitment":"');
const beforeDay = literal('","day":"');
const beforeFingerprint = literal('","fingerprint":"');
const beforeUnit = literal('","unit":"');
const sectionEnd = literal('"}');

const [quote, comma, brace, braceEnd, bracket, bracketEnd, backslash] = [0x22, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d, 0x5c];
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What stands in the bytes is not of the form; which of them is at fault `readHeader` tells. */
const unfit = new Error('unfit');

/**
 * Reads headers in one pass over their bytes, and takes exactly those that `readHeader` takes: in a canonical header
 * all but the facts has one spelling, in one order, without an escape. One object reads one header after the other;
 * what it says is that of the last one.
 */
export class HeaderScan {
  bytes: Buffer = Buffer.alloc(0);
  factsFrom = 0;
  factsTo = 0;
  /** Of the id's 32 digits. */
  id = 0;
  policy = 0;
  /** Whole seconds since 1970 in UTC. */
  recordedAt = 0;
  schema = 0;
  version = 0;
  streamFrom = 0;
  streamTo = 0;
  type = '';
  organisation = '';
  /** How many of `sections` are this header's. */
  sectionCount = 0;
  readonly sections: SectionOffsets[] = [];
  private at = 0;
  private readonly organisations = new Set<string>();
  private readonly types = new Set<string>();

  /** @throws FormatError `header-malformed`, `header-not-canonical`, `header-too-large` */
  read(bytes: Buffer): void {
    this.bytes = bytes;
    try {
      if (bytes.length > headerLimit) throw unfit;
      this.scan();
    } catch (error) {
      if (error !== unfit && !(error instanceof NotCanonicalError) && !(error instanceof SyntaxError)) throw error;
      readHeader(bytes);
      throw new FormatError('header-malformed', 'an event header is not of the form');
    }
  }

  /** Characters of the header, which are ASCII everywhere but in the facts. */
  text(from: number, to: number): string {
    return this.bytes.toString('latin1', from, to);
  }

  /** The facts; an object without members where there are none. */
  facts(): { readonly [name: string]: Json | undefined } {
    if (this.factsTo - this.factsFrom === 2) return {};
    return JSON.parse(this.bytes.toString('utf8', this.factsFrom, this.factsTo)) as { readonly [name: string]: Json };
  }

  private scan(): void {
    this.at = 0;
    this.literal(begin);
    this.hex(64);
    this.literal(beforeFacts);
    this.readFacts();
    this.literal(beforeId);
    this.id = this.hex(32);
    this.literal(beforeOrganisation);
    this.organisation = this.wellFormed(this.organisations, isOrganisation);
    this.literal(beforePolicy);
    this.policy = this.natural();
    this.literal(beforeRecordedAt);
    this.recordedAt = this.second();
    this.literal(beforeSchema);
    this.schema = this.natural();
    if (this.schema === 0) throw unfit;
    this.literal(beforeSections);
    this.readSections();
    this.literal(beforeStream);
    this.streamFrom = this.at;
    this.streamTo = this.upToQuote();
    if (!isStreamId(this.text(this.streamFrom, this.streamTo))) throw unfit;
    this.literal(beforeType);
    this.type = this.wellFormed(this.types, isEventType);
    this.literal(beforeVersion);
    this.version = this.natural();
    if (this.bytes[this.at] !== braceEnd || this.at + 1 !== this.bytes.length) throw unfit;
  }

  private readSections(): void {
    this.sectionCount = 0;
    if (this.bytes[this.at] === bracketEnd) return;
    for (;;) {
      this.readSection(this.placeOf(this.sectionCount));
      this.sectionCount += 1;
      if (this.bytes[this.at] !== comma) return;
      this.at += 1;
    }
  }

  private placeOf(index: number): SectionOffsets {
    return (this.sections[index] ??= { ciphertext: 0, fingerprint: 0, unit: 0, day: -1 });
  }

  private readSection(place: SectionOffsets): void {
    this.literal(sectionBegin);
    place.ciphertext = this.hex(64);
    this.literal(beforeCommitment);
    this.hex(64);
    place.day = -1;
    // The fifth byte tells `","day` from `","fin`.
    if (this.bytes[this.at + 3] === 0x64) {
      this.literal(beforeDay);
      place.day = this.at;
      this.day();
    }
    this.literal(beforeFingerprint);
    place.fingerprint = this.hex(64);
    this.literal(beforeUnit);
    place.unit = this.hex(32);
    this.literal(sectionEnd);
  }

  /** From brace to brace, then as `readHeader` does it: only the facts can be spelled in more than one way. */
  private readFacts(): void {
    this.factsFrom = this.at;
    this.factsTo = this.endOfFacts();
    this.at = this.factsTo;
    if (this.factsTo - this.factsFrom === 2 && this.bytes[this.factsTo - 1] === braceEnd) return;
    if (!isUtf8(this.bytes.subarray(this.factsFrom, this.factsTo))) throw unfit;
    const text = this.bytes.toString('utf8', this.factsFrom, this.factsTo);
    const facts = JSON.parse(text) as { readonly [name: string]: Json };
    for (const name in facts) if (!isName(name)) throw unfit;
    if (canonicalJson(facts) !== text) throw unfit;
  }

  private endOfFacts(): number {
    const { bytes } = this;
    let at = this.at;
    if (bytes[at] !== brace) throw unfit;
    let depth = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === quote) {
        for (at++; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++;
      } else if (byte === brace || byte === bracket) depth += 1;
      else if ((byte === braceEnd || byte === bracketEnd) && --depth === 0) return at + 1;
    }
    throw unfit;
  }

  private literal(expected: Buffer): void {
    const { bytes, at } = this;
    const { length } = expected;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== expected[i]) throw unfit;
    this.at = at + length;
  }

  /** Steps over hexadecimal digits; gives where they begin. */
  private hex(count: number): number {
    const { bytes, at } = this;
    const end = at + count;
    if (end > bytes.length) throw unfit;
    for (let i = at; i < end; i++) if (hexDigits[bytes[i] as number] === 0) throw unfit;
    this.at = end;
    return at;
  }

  private upToQuote(): number {
    const { bytes } = this;
    let at = this.at;
    while (at < bytes.length && bytes[at] !== quote) at++;
    this.at = at;
    return at;
  }

  /** Few texts stand in many headers: what is known of one is not asked again. */
  private wellFormed(known: Set<string>, is: (text: unknown) => boolean): string {
    const from = this.at;
    const text = this.text(from, this.upToQuote());
    if (known.has(text)) return text;
    if (!is(text)) throw unfit;
    if (known.size < 10_000) known.add(text);
    return text;
  }

  private natural(): number {
    const { bytes, at } = this;
    let [end, value] = [at, 0];
    for (; ; end++) {
      const digit = (bytes[end] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = end - at;
    if (digits === 0 || (digits > 1 && bytes[at] === 0x30) || !Number.isSafeInteger(value)) throw unfit;
    this.at = end;
    return value;
  }

  private second(): number {
    const days = this.day();
    this.character(0x54);
    const hours = this.twoDigits();
    this.character(0x3a);
    const minutes = this.twoDigits();
    this.character(0x3a);
    const seconds = this.twoDigits();
    this.character(0x5a);
    if (hours > 23 || minutes > 59 || seconds > 59) throw unfit;
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds;
  }

  /** Gives days since 1970. */
  private day(): number {
    const year = this.twoDigits() * 100 + this.twoDigits();
    this.character(0x2d);
    const month = this.twoDigits();
    this.character(0x2d);
    const day = this.twoDigits();
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const last = month === 2 && leap ? 29 : (monthDays[month - 1] ?? 0);
    if (year === 0 || day === 0 || day > last) throw unfit;
    return daysSince1970(year, month, day);
  }

  private character(expected: number): void {
    if (this.bytes[this.at++] !== expected) throw unfit;
  }

  private twoDigits(): number {
    const tens = (this.bytes[this.at++] ?? 0) - 0x30;
    const ones = (this.bytes[this.at++] ?? 0) - 0x30;
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw unfit;
    return tens * 10 + ones;
  }
}

/** Of the proleptic Gregorian calendar: years are counted from March, so that the leap day is the last. */
function daysSince1970(year: number, month: number, day: number): number {
  const from = month > 2 ? year : year - 1;
  const century = Math.floor(from / 100);
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return from * 365 + Math.floor(from / 4) - century + Math.floor(century / 4) + dayOfYear - 719_468;
}

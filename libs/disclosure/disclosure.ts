import { canonicalJson, isDigest, isName, isSalt, NotCanonicalError, type Json } from '@ardoise/format';
import { DisclosureError } from './errors';

/** A field that is shown: name, salt (22 characters of base64url), value. */
export type DisclosedField = readonly [name: string, salt: string, value: Json];

/** What is shown of one section; of its other fields there are only the digests, sorted, which tell nothing. */
export interface DisclosedSection {
  /** Its place in the header, from 0. */
  readonly section: number;
  /** Sorted by name. */
  readonly fields: readonly DisclosedField[];
  /** 64 hexadecimal digits each. */
  readonly others: readonly string[];
}

/** Where an event stands in a ledger. */
export interface LoggedEvent {
  /** The stored header, as text. */
  readonly header: string;
  /** Leaf number. */
  readonly index: number;
  /** Inclusion proof (RFC 6962) in the tree of the checkpoint; base64. */
  readonly proof: readonly string[];
}

/** A file of format 1 (docs/disclosure.md). Its bytes are its canonical JSON. */
export interface Disclosure extends LoggedEvent {
  readonly type: 'ardoise-disclosure';
  readonly format: 1;
  /** The signed note, with the cosignatures that there were. */
  readonly checkpoint: string;
  /** The ledger's keys (vkeys) as its organisation names them: whose they are has to be learned elsewhere. */
  readonly keys: readonly string[];
  /** At least one, ascending, each with at least one field. */
  readonly sections: readonly DisclosedSection[];
}

/** Most bytes of a file: an event, its checkpoint, and room for escapes. */
export const disclosureLimit = 2_097_152;

/** The bytes of a file, as text. */
export function writeDisclosure({ checkpoint, header, index, keys, proof, sections }: Disclosure): string {
  // Members are put together here, for a value may nest as deep as the whole may.
  const shown = sections.map(
    ({ section, fields, others }) =>
      `{"fields":[${fields.map(fieldText).join()}],"others":${canonicalJson(others)},"section":${section}}`,
  );
  return (
    `{"checkpoint":${canonicalJson(checkpoint)},"format":1,"header":${canonicalJson(header)},"index":${index}` +
    `,"keys":${canonicalJson(keys)},"proof":${canonicalJson(proof)},"sections":[${shown.join()}]` +
    `,"type":"ardoise-disclosure"}`
  );
}

const fieldText = ([name, salt, value]: DisclosedField): string => `["${name}","${salt}",${canonicalJson(value)}]`;

/** Reads a file: canonical, every member there and of its form. @throws DisclosureError */
export function readDisclosure(text: string): Disclosure {
  // A code unit has at most three bytes of UTF-8; a text of ASCII is never measured.
  if (text.length > disclosureLimit || (text.length * 3 > disclosureLimit && sizeOf(text) > disclosureLimit)) {
    throw new DisclosureError('disclosure-too-large', `a disclosure has at most ${disclosureLimit} bytes`);
  }
  const disclosure = shaped(parsed(text));
  if (canonical(disclosure) === text) return disclosure;
  throw new DisclosureError('disclosure-not-canonical', 'the file is not in its canonical form, or says more');
}

/** The same from a value that was JSON in another spelling: in a page. @throws DisclosureError */
export function shaped(value: unknown): Disclosure {
  if (!isObject(value) || value.type !== 'ardoise-disclosure') throw malformed('type');
  if (value.format !== 1) {
    throw new DisclosureError('disclosure-of-other-format', 'this version knows disclosures of format 1');
  }
  for (const [member, fits] of Object.entries(members)) if (!fits(value[member])) throw malformed(member);
  const { checkpoint, header, index, keys, proof, sections } = value as unknown as Disclosure;
  return { type: 'ardoise-disclosure', format: 1, checkpoint, header, index, keys, proof, sections };
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string' && value.length > 0;
const listOf =
  (check: Check, least = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every(check);
const isNatural: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isHash: Check = (value) => typeof value === 'string' && /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(value);

const members: { readonly [member: string]: Check } = {
  checkpoint: isText,
  header: isText,
  index: isNatural,
  keys: listOf(isText),
  proof: (value) => listOf(isHash)(value) && (value as unknown[]).length <= 64,
  sections: (value) => listOf(isSection, 1)(value) && ascend((value as DisclosedSection[]).map((one) => one.section)),
};

function isSection(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { section, fields, others } = value;
  return (
    isNatural(section) &&
    listOf(isField, 1)(fields) &&
    ascend((fields as DisclosedField[]).map(([name]) => name)) &&
    listOf(isDigest)(others) &&
    ascend(others as string[])
  );
}

const isField: Check = (value) =>
  Array.isArray(value) && value.length === 3 && isName(value[0]) && isSalt(value[1]) && value[2] !== undefined;

/** Sorted, and none twice. Names, digests and numbers sort as their code units do. */
function ascend<T extends string | number>(list: readonly T[]): boolean {
  return list.every((one, index) => index === 0 || (list[index - 1] as T) < one);
}

function isObject(value: unknown): value is { readonly [member: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DisclosureError('disclosure-malformed', 'the file is not JSON');
  }
}

function canonical(disclosure: Disclosure): string {
  try {
    return writeDisclosure(disclosure);
  } catch (error) {
    if (!(error instanceof NotCanonicalError)) throw error;
    throw new DisclosureError('disclosure-malformed', 'the file holds what has no canonical form');
  }
}

const sizeOf = (text: string): number => Buffer.byteLength(text, 'utf8');

function malformed(member: string): DisclosureError {
  return new DisclosureError('disclosure-malformed', `"${member}" is not as a disclosure has it`);
}

import { BundleError } from './errors';

/** The files of a ledger, by what they are. Every path of a bundle is of exactly one kind. */
export type FileKind =
  | 'ledger'
  | 'keys'
  | 'checkpoint'
  | 'checkpoints'
  | 'tile'
  | 'entries'
  | 'policy'
  | 'receipts'
  | 'units'
  | 'vocabulary'
  | 'readme';

export const ledgerPath = 'ledger.json';
export const keysPath = 'keys.json';
export const receiptsPath = 'receipts.ndjson';
export const unitsPath = 'units.ndjson';
export const vocabularyPath = 'vocabulary.json';
export const readmePath = 'README.md';
export const checkpointPath = (incarnation: number): string => `${incarnation}/checkpoint`;
export const checkpointsPath = (incarnation: number): string => `${incarnation}/checkpoints.ndjson`;
/** @param tile as tlog-tiles names it, `tile/0/x001/234` */
export const tileIn = (incarnation: number, tile: string): string => `${incarnation}/${tile}`;
export const policyPath = (version: number): string => `policies/${version}.json`;

const number = '[1-9][0-9]{0,8}';
const index = '(?!x000/)(?:x[0-9]{3}/){0,4}[0-9]{3}(?:\\.p/(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?';

const forms: readonly (readonly [FileKind, RegExp])[] = [
  ['ledger', /^ledger\.json$/],
  ['keys', /^keys\.json$/],
  ['receipts', /^receipts\.ndjson$/],
  ['units', /^units\.ndjson$/],
  ['vocabulary', /^vocabulary\.json$/],
  ['readme', /^README\.md$/],
  ['policy', new RegExp(`^policies/${number}\\.json$`)],
  ['checkpoint', new RegExp(`^${number}/checkpoint$`)],
  ['checkpoints', new RegExp(`^${number}/checkpoints\\.ndjson$`)],
  ['tile', new RegExp(`^${number}/tile/(?:0|[1-9][0-9]?)/${index}$`)],
  ['entries', new RegExp(`^${number}/tile/entries/${index}$`)],
];

/** What a regular file of a ustar archive can have at most: eleven octal digits. */
export const largestFile = 8 ** 11 - 1;
const mebibyte = 2 ** 20;

/** The largest that a file of each kind may be, in bytes. */
export const limits: Readonly<Record<FileKind, number>> = {
  ledger: mebibyte,
  keys: mebibyte,
  // The specification of cosignatures bounds nothing; this is a thousand witnesses.
  checkpoint: mebibyte / 4,
  checkpoints: largestFile,
  tile: 256 * 32,
  entries: 256 * (2 + 65_535),
  policy: mebibyte,
  receipts: largestFile,
  units: largestFile,
  vocabulary: 4 * mebibyte,
  readme: mebibyte,
};

/** The largest that a line of an NDJSON file of each kind may be, in bytes. */
export const lineLimits = {
  // A note, base64 of a token beside it.
  checkpoints: mebibyte,
  receipts: 4 * mebibyte,
  units: 1_024,
} as const;

/** How many files a bundle may have: enough for 250 million events. */
export const mostFiles = 2_000_000;

/** The kind of a path of the layout; undefined for any other path, however it is written. */
export function kindOf(path: string): FileKind | undefined {
  if (path.length > 100) return undefined;
  return forms.find(([, form]) => form.test(path))?.[0];
}

/** @throws BundleError `bundle-path-refused` */
export function mustBeOfLayout(path: string): FileKind {
  const kind = kindOf(path);
  if (kind === undefined) {
    throw new BundleError('bundle-path-refused', `${shown(path)} is no path of a ledger's files`);
  }
  return kind;
}

/** A path as a message may show it: on one line, and not without end. */
export function shown(path: string): string {
  const text = JSON.stringify(path.length > 120 ? `${path.slice(0, 120)}…` : path);
  return text.replace(/[\u007f-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function mustNotExceed(path: string, size: number, limit: number): void {
  if (size > limit) {
    throw new BundleError('bundle-file-too-large', `${shown(path)} has ${size} bytes and may have ${limit}`);
  }
}

import { BundleError } from './errors';
import { largestFile, shown } from './layout';

/*
 * POSIX.1-1988 ustar, one form of it: regular files, names of at most 100 ASCII characters, owner 0, mode 0644. Two
 * blocks of zeros end the archive, and nothing follows. A header is read by writing it again: what differs in one byte
 * from the only form is refused, so nothing in an archive is left unlooked at.
 */

export const block = 512;

export interface Entry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

/** How many bytes a file of a size takes, up to the next header. */
export function padded(size: number): number {
  return Math.ceil(size / block) * block;
}

export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

export function formatHeader({ path, size, modified }: Entry): Buffer {
  const header = Buffer.alloc(block);
  header.write(path, 0, 100, 'latin1');
  header.write('0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  header.write(`${octal(size)}\0`, 124, 'latin1');
  header.write(`${octal(modified)}\0`, 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write('0000000\0', 329, 'latin1');
  header.write('0000000\0', 337, 'latin1');
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** @throws BundleError of the first thing that is not as it must be, the dangerous ones by their own names */
export function parseHeader(header: Buffer): Entry {
  if (header.length < block) throw new BundleError('bundle-truncated', 'the archive ends within a header');
  const type = header.toString('latin1', 156, 157);
  if (header.toString('latin1', 257, 262) !== 'ustar') {
    throw new BundleError('bundle-malformed', 'a header of the archive is none of ustar');
  }
  const path = pathOf(header);
  refuseType(type, path);
  const entry = { path, size: numberOf(header, 124, path), modified: numberOf(header, 136, path) };
  if (!formatHeader(entry).equals(header)) {
    throw new BundleError('bundle-malformed', `the header of ${shown(path)} is not of the form that bundles have`);
  }
  return entry;
}

function pathOf(header: Buffer): string {
  const field = header.subarray(0, 100);
  const end = field.indexOf(0);
  const path = field.toString('latin1', 0, end < 0 ? 100 : end);
  if (end >= 0 && !isZero(field.subarray(end))) {
    throw new BundleError('bundle-path-refused', `a path goes on after a NUL: ${shown(path)}`);
  }
  const prefix = header.subarray(345, 500);
  if (!isZero(prefix)) {
    const text = prefix.toString('latin1').replace(/\0+$/, '');
    throw new BundleError('bundle-path-refused', `${shown(`${text}/${path}`)} is no path of a ledger's files`);
  }
  return path;
}

const extended: Readonly<Record<string, string>> = {
  '3': 'a device',
  '4': 'a device',
  '5': 'a folder',
  '6': 'a pipe',
  g: 'an extended header (pax)',
  x: 'an extended header (pax)',
  K: 'a long name (GNU)',
  L: 'a long name (GNU)',
  S: 'a sparse file (GNU)',
};

function refuseType(type: string, path: string): void {
  if (type === '0') return;
  if (type === '1' || type === '2') {
    throw new BundleError('bundle-link-refused', `${shown(path)} is a link; a bundle has regular files only`);
  }
  const what = extended[type] ?? `of type ${shown(type)}`;
  throw new BundleError('bundle-type-refused', `${shown(path)} is ${what}; a bundle has regular files only`);
}

function numberOf(header: Buffer, at: number, path: string): number {
  const text = header.toString('latin1', at, at + 12);
  if (!/^[0-7]{11}\0$/.test(text)) {
    throw new BundleError('bundle-malformed', `a number in the header of ${shown(path)} is not eleven octal digits`);
  }
  return Number.parseInt(text, 8);
}

/** @throws BundleError `bundle-file-too-large` */
function octal(value: number): string {
  if (value > largestFile) {
    throw new BundleError('bundle-file-too-large', `a file of an archive has at most ${largestFile} bytes`);
  }
  return value.toString(8).padStart(11, '0');
}

/** The sum of a header's bytes with its own field as spaces. */
function sumOf(header: Buffer): number {
  return header.reduce((sum, byte) => sum + byte, 0);
}

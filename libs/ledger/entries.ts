import { LedgerError } from './errors';
import { tileWidth } from './tiles';

/** The most bytes that an entry can have: its length is written in 16 bits. */
export const entryLimit = 65_535;

/**
 * The bytes of a bundle of entries: each preceded by its length, 16 bits, big-endian (c2sp.org/tlog-tiles).
 * @throws LedgerError `entry-too-large`, `entries-malformed` for none or more than 256.
 */
export function formatEntries(entries: readonly Buffer[]): Buffer {
  checkCount(entries.length);
  const parts: Buffer[] = [];
  for (const entry of entries) {
    if (entry.length > entryLimit) {
      throw new LedgerError('entry-too-large', `an entry has at most ${entryLimit} bytes, not ${entry.length}`);
    }
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
}

/**
 * The entries of a bundle that has exactly `width` of them; views of the given bytes.
 * @throws LedgerError `entries-malformed` when they are more, fewer, or cut off.
 */
export function parseEntries(bytes: Buffer, width: number): Buffer[] {
  checkCount(width);
  const entries: Buffer[] = [];
  let at = 0;
  while (entries.length < width) {
    const end = at + 2 <= bytes.length ? at + 2 + bytes.readUInt16BE(at) : Infinity;
    if (end > bytes.length) {
      throw new LedgerError('entries-malformed', `the bundle ends within entry ${entries.length} of ${width}`);
    }
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (at !== bytes.length) throw new LedgerError('entries-malformed', `the bundle has more than ${width} entries`);
  return entries;
}

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= tileWidth) return;
  throw new LedgerError('entries-malformed', `a bundle has 1 to ${tileWidth} entries`);
}

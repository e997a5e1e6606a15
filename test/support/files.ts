import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Whether bytes hold a text, in whichever case. */
export function holds(bytes: Buffer, marker: string): boolean {
  return bytes.toString('latin1').toLowerCase().includes(marker.toLowerCase());
}

/** Files below a folder, relative to it, that hold the marker. */
export function filesThatHold(folder: string, marker: string): string[] {
  return filesBelow(folder)
    .filter((path) => holds(readIfThere(path), marker))
    .map((path) => relative(folder, path))
    .sort();
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

const segmentBytes = 16 * 1024 * 1024;

/** The write-ahead log from a position on (`0/1A2B3C`), of segments of the default size, as far as it is on disk. */
export function walFrom(dataFolder: string, lsn: string): Buffer {
  const [high = '0', low = '0'] = lsn.split('/');
  const segment = (parseInt(high, 16) * 2 ** 32 + parseInt(low, 16)) / segmentBytes;
  const pieces = readdirSync(join(dataFolder, 'pg_wal'))
    .filter((name) => /^[0-9A-F]{24}$/.test(name))
    .map((name) => ({ name, number: parseInt(name.slice(8, 16), 16) * 256 + parseInt(name.slice(16), 16) }))
    .filter(({ number }) => number >= Math.floor(segment))
    .sort((a, b) => a.number - b.number)
    .map(({ name, number }) => {
      const from = number === Math.floor(segment) ? parseInt(low, 16) % segmentBytes : 0;
      return readFrom(join(dataFolder, 'pg_wal', name), from);
    });
  return Buffer.concat(pieces);
}

function readFrom(path: string, from: number): Buffer {
  const bytes = Buffer.alloc(segmentBytes - from);
  const file = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}

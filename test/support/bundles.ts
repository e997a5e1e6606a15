import { randomUUID } from 'node:crypto';
import { openBundle, parseLedgerIndex, type LedgerFiles, type LedgerIndex } from '@ardoise/bundle';
import { parseEntries, tileWidth } from '@ardoise/ledger';
import { readHeader, type Header } from '@ardoise/format';
import { BundleExport, type BundleRequest, type MadeBundle } from '../../src/ledger/export/bundle-export';
import type { TestServer } from './server';

const mebibytes64 = 2 ** 26;

/** Makes a bundle of the test's organisation. */
export function makeBundle(server: TestServer, path: string, more: Partial<BundleRequest> = {}): Promise<MadeBundle> {
  return server.app.get(BundleExport, { strict: false }).make({
    organisation: 'mira',
    path,
    context: { commandId: randomUUID(), service: 'cli', source: 'staff' },
    ...more,
  });
}

/** Everything in a bundle, by path. */
export async function filesOf(path: string): Promise<Map<string, Buffer>> {
  const files = await openBundle(path);
  try {
    const all = new Map<string, Buffer>();
    for (const name of (await files.list?.()) ?? []) all.set(name, (await read(files, name)) as Buffer);
    return all;
  } finally {
    await files.close();
  }
}

function read(files: LedgerFiles, path: string): Promise<Buffer | undefined> {
  return files.read(path, mebibytes64);
}

export function indexIn(files: ReadonlyMap<string, Buffer>): LedgerIndex {
  return parseLedgerIndex(files.get('ledger.json') as Buffer);
}

/** The headers of the first incarnation's events, in order, of a bundle that is whole. */
export function headersIn(files: ReadonlyMap<string, Buffer>): Header[] {
  return [...files.keys()]
    .filter((path) => path.startsWith('1/tile/entries/'))
    .sort()
    .flatMap((path) => {
      const width = Number(/\.p\/(\d+)$/.exec(path)?.[1] ?? tileWidth);
      return parseEntries(files.get(path) as Buffer, width).map((entry) => readHeader(entry));
    });
}

/** The hashes of its leaves, one after the other. */
export function leavesIn(files: ReadonlyMap<string, Buffer>): Buffer {
  const paths = [...files.keys()].filter((path) => path.startsWith('1/tile/0/')).sort();
  return Buffer.concat(paths.map((path) => files.get(path) as Buffer));
}

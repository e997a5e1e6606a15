import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobSecret, type BlobPlace, type BlobSecret } from '../layout';
import { openBlob, sealBlob, type SealedFile } from '../sealing';

/** A blob as it was stored when the format was frozen. These files never change. All bytes are in hexadecimal. */
export interface FrozenBlob {
  readonly about: string;
  readonly place: BlobPlace;
  readonly unitKey: string;
  readonly noncePrefix: string;
  /** The content, or that byte i of so many is i modulo 251. */
  readonly content: { readonly hex: string } | { readonly counted: number };
  readonly blobKey: string;
  readonly associatedData: string;
  /** Of the first chunk. */
  readonly firstNonce: string;
  readonly file: { readonly length: number; readonly digest: string; readonly begins: string; readonly ends: string };
}

const folder = join(__dirname, '..', 'fixtures');

export const frozenBlobs: readonly (readonly [string, FrozenBlob])[] = readdirSync(folder)
  .sort()
  .map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as FrozenBlob]);

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');

export const counted = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => index % 251));

export const contentOf = ({ content }: FrozenBlob): Buffer =>
  'hex' in content ? hex(content.hex) : counted(content.counted);

/** In pieces of a size that has nothing to do with chunks. */
export async function* piecesOf(bytes: Buffer, size = 10_007): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

export const recordOf = (file: Buffer): SealedFile => ({
  length: file.length,
  digest: createHash('sha256').update(file).digest('hex'),
});

export const place: BlobPlace = {
  organisation: 'mira',
  blob: 'b'.repeat(32),
  unit: 'a'.repeat(32),
  fingerprint: 'f'.repeat(64),
};
export const unitKey = Buffer.alloc(32, 7);

export const sealed = (content: Buffer, secret: BlobSecret = blobSecret(place, unitKey)): Promise<Buffer> =>
  collect(sealBlob(secret, piecesOf(content)));

/** Opens a file as it is, against what is on record of it: by default, just that. */
export const opened = (file: Buffer, secret = blobSecret(place, unitKey), record = recordOf(file)): Promise<Buffer> =>
  collect(openBlob(secret, record, piecesOf(file)));

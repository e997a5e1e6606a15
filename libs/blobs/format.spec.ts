import { createCipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobError } from './errors';
import { blobSecret, sealedLength, type BlobPlace } from './layout';
import { openBlob, sealBlob } from './sealing';
import {
  collect,
  contentOf,
  counted,
  frozenBlobs,
  hex,
  opened,
  piecesOf,
  place,
  recordOf,
  sealed,
  unitKey,
} from './spec-support/frozen-blob';

const chunk = 65_536 + 16;
const altered = expect.objectContaining({ code: 'blob-altered', blob: place.blob }) as unknown;

describe.each(frozenBlobs)('the frozen blob %s', (_, frozen) => {
  const secret = blobSecret(frozen.place, hex(frozen.unitKey));

  it('is written as it was, byte for byte', async () => {
    expect(secret.key.toString('hex')).toBe(frozen.blobKey);
    expect(secret.associated.toString('hex')).toBe(frozen.associatedData);
    const file = await collect(sealBlob(secret, piecesOf(contentOf(frozen)), () => hex(frozen.noncePrefix)));
    const { length, digest, begins, ends } = frozen.file;
    expect(recordOf(file)).toEqual({ length, digest });
    expect(file.toString('hex').startsWith(begins)).toBe(true);
    expect(file.toString('hex').endsWith(ends)).toBe(true);
    expect(length).toBe(sealedLength(contentOf(frozen).length));
    expect((await opened(file, secret)).equals(contentOf(frozen))).toBe(true);
  });

  it('follows from docs/format.md alone', () => {
    // HKDF-SHA256 for one block of output, by hand (RFC 5869): extract without salt, expand with the info.
    const prk = createHmac('sha256', Buffer.alloc(32)).update(hex(frozen.unitKey)).digest();
    const lp = (...parts: string[]): Buffer =>
      Buffer.concat(
        parts.flatMap((part) => {
          const length = Buffer.alloc(4);
          length.writeUInt32BE(part.length);
          return [length, Buffer.from(part)];
        }),
      );
    const info = lp('ardoise/blob-key/1', frozen.place.blob);
    const key = createHmac('sha256', prk).update(info).update(Buffer.of(1)).digest();
    const { organisation, blob, unit, fingerprint } = frozen.place;
    const content = contentOf(frozen).subarray(0, 65_536);
    const plaintext = Buffer.alloc(content.length === 65_536 ? 65_536 : Math.ceil((content.length + 1) / 4096) * 4096);
    content.copy(plaintext);
    if (content.length < 65_536) plaintext[content.length] = 0x80;
    const cipher = createCipheriv('aes-256-gcm', key, hex(frozen.firstNonce), { authTagLength: 16 });
    cipher.setAAD(lp('ardoise/blob/1', organisation, blob, unit, fingerprint));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    const header = Buffer.concat([Buffer.from('ard-blob'), Buffer.of(1), hex(frozen.noncePrefix)]);
    expect(Buffer.concat([header, body]).subarray(0, 96).toString('hex')).toBe(frozen.file.begins);
    if (content.length < 65_536) expect(body.subarray(-32).toString('hex')).toBe(frozen.file.ends);
  });
});

it('docs/format.md shows the frozen blob to the byte', () => {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', 'format.md'), 'utf8').replace(/\s/g, '');
  const [, { blobKey, firstNonce, file, place: shown }] = frozenBlobs.find(([name]) => name === 'signed-sheet.json')!;
  for (const value of [blobKey, firstNonce, file.begins, file.ends, file.digest, shown.blob, shown.fingerprint]) {
    expect(text).toContain(value);
  }
});

describe('a sealed blob', () => {
  it.each([0, 1, 4_095, 4_096, 65_535, 65_536, 65_537, 131_072, 200_000])(
    'opens to its %i bytes, and its file is in steps of 4 KiB',
    async (length) => {
      const file = await sealed(counted(length));
      expect(file.length).toBe(sealedLength(length));
      expect((file.length - 16 - 16 * Math.ceil((file.length - 16) / chunk)) % 4_096).toBe(0);
      expect((await opened(file)).equals(counted(length))).toBe(true);
    },
  );

  it('says the same length for contents of nearly the same length, and other bytes for the same content', async () => {
    expect(sealedLength(1)).toBe(sealedLength(4_095));
    expect((await sealed(counted(10))).equals(await sealed(counted(10)))).toBe(false);
  });

  it('is made and opened with at most two chunks under way, whatever its size', async () => {
    let [taken, given, ahead] = [0, 0, 0];
    const content = async function* (): AsyncGenerator<Buffer> {
      for (let index = 0; index < 200; index++) {
        taken += 16_384;
        yield Buffer.alloc(16_384);
      }
    };
    const secret = blobSecret(place, unitKey);
    const pieces: Buffer[] = [];
    for await (const piece of sealBlob(secret, content())) {
      given += piece.length;
      ahead = Math.max(ahead, taken - given);
      pieces.push(piece);
    }
    expect(ahead).toBeLessThanOrEqual(2 * 65_536);
    const file = Buffer.concat(pieces);
    [taken, given, ahead] = [0, 0, 0];
    const stored = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of piecesOf(file, 16_384)) {
        taken += piece.length;
        yield piece;
      }
    };
    for await (const piece of openBlob(secret, recordOf(file), stored())) {
      given += piece.length;
      ahead = Math.max(ahead, taken - given);
    }
    expect(given).toBe(200 * 16_384);
    expect(ahead).toBeLessThanOrEqual(2 * 65_536);
  });

  it('detects every flipped bit', async () => {
    const file = await sealed(Buffer.from('CANARY'));
    const secret = blobSecret(place, unitKey);
    for (let bit = 0; bit < file.length * 8; bit++) {
      const flipped = Buffer.from(file);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      // Against a record of the flipped bytes themselves: the authentication alone has to see it.
      const error: unknown = await opened(flipped, secret, recordOf(flipped)).catch((thrown: unknown) => thrown);
      if (!(error instanceof BlobError) || error.code !== 'blob-altered') throw new Error(`bit ${bit} was not seen`);
      expect(error.message).not.toContain('CANARY');
    }
  });

  it('detects a file cut off anywhere, also at the end of a chunk, or gone on', async () => {
    const file = await sealed(counted(140_000));
    const cuts = [0, 1, 15, 16, 17, 16 + chunk, 16 + 2 * chunk, 16 + 2 * chunk + 4_112, file.length - 1];
    for (const cut of cuts) await expect(opened(file.subarray(0, cut))).rejects.toEqual(altered);
    for (const more of [1, 16, 4_112, chunk]) {
      await expect(opened(Buffer.concat([file, Buffer.alloc(more)]))).rejects.toEqual(altered);
    }
    // Where the record is of the right length and the file is not.
    const secret = blobSecret(place, unitKey);
    await expect(opened(file.subarray(0, -1), secret, recordOf(file))).rejects.toEqual(altered);
    await expect(opened(Buffer.concat([file, Buffer.of(0)]), secret, recordOf(file))).rejects.toEqual(altered);
  });

  it('detects chunks that are swapped, repeated, left out, or of another file', async () => {
    const file = await sealed(counted(4 * 65_536));
    const other = await sealed(counted(4 * 65_536));
    const header = file.subarray(0, 16);
    const chunks = [0, 1, 2, 3].map((index) => file.subarray(16 + index * chunk, 16 + (index + 1) * chunk));
    const last = file.subarray(16 + 4 * chunk);
    const [a, b, c, d] = chunks as [Buffer, Buffer, Buffer, Buffer];
    for (const parts of [
      [b, a, c, d, last],
      [a, a, c, d, last],
      [a, b, c, last],
      [a, b, c, d, d],
      [a, b, c, d],
    ]) {
      await expect(opened(Buffer.concat([header, ...parts]))).rejects.toEqual(altered);
    }
    const mixed = Buffer.concat([header, a, other.subarray(16 + chunk)]);
    await expect(opened(mixed)).rejects.toEqual(altered);
  });

  it.each<[string, Partial<BlobPlace>]>([
    ['another organisation', { organisation: 'parene' }],
    ['another blob', { blob: 'c'.repeat(32) }],
    ['another unit', { unit: 'c'.repeat(32) }],
    ['another key of the unit', { fingerprint: 'c'.repeat(64) }],
  ])('does not open as that of %s', async (_, other) => {
    const file = await sealed(counted(10));
    await expect(opened(file, blobSecret({ ...place, ...other }, unitKey))).rejects.toMatchObject({
      code: 'blob-altered',
    });
  });

  it('does not open under another key', async () => {
    const file = await sealed(counted(10));
    await expect(opened(file, blobSecret(place, Buffer.alloc(32, 8)))).rejects.toEqual(altered);
  });

  it('gives nothing of the last chunk of a file that is not the one on record', async () => {
    const file = await sealed(counted(10));
    const record = { length: file.length, digest: '0'.repeat(64) };
    await expect(opened(file, blobSecret(place, unitKey), record)).rejects.toEqual(altered);
  });
});

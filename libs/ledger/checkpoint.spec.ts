import {
  checkpointText,
  cosign,
  emptyRoot,
  formatNote,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  signNote,
  verifyCosignatures,
  type NoteSignature,
} from '.';
import { refusalOf } from './spec-support/refusal';
import { signerOf } from './spec-support/signers';

const origin = 'log.example/organisation/1';
const log = signerOf(origin);
const renewed = signerOf(origin, 0x01, 8);
const checkpoint = { origin, size: 20852163, root: Buffer.alloc(32, 3) };
const text = checkpointText(checkpoint);
const noteOf = (words: string) => ({ text: words, signatures: [] });

describe('a checkpoint', () => {
  it('is three lines', () => {
    expect(text).toBe(`${origin}\n20852163\nAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=\n`);
    expect(parseCheckpoint(noteOf(text))).toEqual(checkpoint);
    const empty = { origin, size: 0, root: emptyRoot };
    expect(parseCheckpoint(noteOf(checkpointText(empty)))).toEqual(empty);
  });

  const root = checkpoint.root.toString('base64');
  it.each([
    ['\n', 'checkpoint-malformed'],
    [`${origin}\n`, 'checkpoint-malformed'],
    [`${origin}\n1\n`, 'checkpoint-malformed'],
    [`\n1\n${root}\n`, 'checkpoint-malformed'],
    [`${origin}\n\n${root}\n`, 'checkpoint-malformed'],
    [`${origin}\n1\n${root}`, 'checkpoint-malformed'],
    ...['01', '-1', '+1', '1.0', '1e3', '0x1', ' 1', '1 ', '٣', '9007199254740992', '18446744073709551615'].map(
      (size) => [`${origin}\n${size}\n${root}\n`, 'checkpoint-size-malformed'],
    ),
    ...[root.slice(0, -1), `${root}=`, root.replace('AwM=', 'AwN='), `${root}A`, 'AwM=', 'hello', ` ${root}`].map(
      (each) => [`${origin}\n1\n${each}\n`, 'checkpoint-root-malformed'],
    ),
    [`${text}extension\n`, 'checkpoint-extended'],
    [`${text}\n`, 'checkpoint-extended'],
  ])('is refused as %j', (words, code) => {
    expect(refusalOf(() => parseCheckpoint(noteOf(words)))).toBe(code);
  });

  it('is not written when nobody could read it', () => {
    for (const wrong of ['', 'a\nb', 'a\tb', 'a\ud800']) {
      expect(refusalOf(() => checkpointText({ ...checkpoint, origin: wrong }))).toBe('checkpoint-origin-refused');
    }
    expect(refusalOf(() => checkpointText({ ...checkpoint, size: 2 ** 53 }))).toBe('size-refused');
    expect(refusalOf(() => checkpointText({ ...checkpoint, size: NaN }))).toBe('size-refused');
    expect(refusalOf(() => checkpointText({ ...checkpoint, root: Buffer.alloc(31) }))).toBe('hash-malformed');
  });

  it('is opened once a key of its origin has signed it, whichever of two while they overlap', async () => {
    const bytes = formatNote(await signNote(text, [log, renewed]));
    expect(openCheckpoint(bytes, [log.key])).toEqual({ checkpoint, note: parseNote(bytes) });
    expect(openCheckpoint(bytes, [renewed.key]).checkpoint).toEqual(checkpoint);
    expect(openCheckpoint(bytes, [renewed.key, log.key]).checkpoint).toEqual(checkpoint);
    const stranger = signerOf(origin, 0x01, 9);
    expect(refusalOf(() => openCheckpoint(bytes, [stranger.key]))).toBe('note-unsigned-by-known');
  });

  it('is not opened for another log, be its key trusted', async () => {
    const other = signerOf('log.example/other/1', 0x01, 9);
    const bytes = formatNote(await signNote(text, [other]));
    expect(refusalOf(() => openCheckpoint(bytes, [other.key, log.key]))).toBe('checkpoint-origin-differs');
    const both = formatNote(await signNote(text, [other, log]));
    expect(openCheckpoint(both, [other.key, log.key]).checkpoint).toEqual(checkpoint);
    expect(refusalOf(() => openCheckpoint(both, [other.key]))).toBe('checkpoint-origin-differs');
  });

  it('is not opened by a cosignature alone, though it bear the origin as its name', async () => {
    const note = await signNote(text, [signerOf('other.example', 0x01, 9)]);
    const cosigner = signerOf(origin, 0x04);
    const bytes = formatNote({ text, signatures: [...note.signatures, await cosign(note, cosigner, new Date(0))] });
    expect(refusalOf(() => openCheckpoint(bytes, [cosigner.key]))).toBe('note-unsigned-by-known');
  });
});

describe('cosignatures', () => {
  const [first, second] = [signerOf('witness.example/w1', 0x04, 11), signerOf('witness.example/w2', 0x04, 12)];
  const at = new Date('2026-11-22T21:00:00.789Z');
  const cosigned = async () => {
    const note = await signNote(text, [log]);
    const lines = [await cosign(note, first, at), await cosign(note, second, new Date(0))];
    return { ...note, signatures: [...note.signatures, ...lines] };
  };

  it('say who saw the checkpoint, and in which second', async () => {
    const note = await cosigned();
    const seen = { key: first.key, at: new Date('2026-11-22T21:00:00.000Z') };
    expect(verifyCosignatures(note, [first.key])).toEqual([seen]);
    expect(verifyCosignatures(note, [second.key, log.key, first.key])).toEqual([
      seen,
      { key: second.key, at: new Date(0) },
    ]);
    expect(verifyCosignatures(note, [log.key])).toEqual([]);
    expect(openCheckpoint(formatNote(note), [log.key]).checkpoint).toEqual(checkpoint);
  });

  it('are refused, all of them, when one of a known witness is wrong', async () => {
    const note = await cosigned();
    const [own, one, two] = note.signatures as [NoteSignature, NoteSignature, NoteSignature];
    const keys = [first.key, second.key];
    for (let bit = 0; bit < 72 * 8; bit++) {
      const bytes = Buffer.from(two.signature);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      const changed = { ...note, signatures: [own, one, { ...two, signature: bytes }] };
      expect(refusalOf(() => verifyCosignatures(changed, keys))).toBe('cosignature-wrong');
    }
    for (const bytes of [
      Buffer.alloc(1),
      two.signature.subarray(0, 71),
      Buffer.concat([two.signature, Buffer.of(0)]),
    ]) {
      const changed = { ...note, signatures: [own, one, { ...two, signature: bytes }] };
      expect(refusalOf(() => verifyCosignatures(changed, keys))).toBe('cosignature-wrong');
    }
    const retold = { ...note, text: text.replace('20852163', '20852164') };
    expect(refusalOf(() => verifyCosignatures(retold, keys))).toBe('cosignature-wrong');
  });

  it('are refused when one witness has two, of whatever time', async () => {
    const note = await cosigned();
    const again = { ...note, signatures: [...note.signatures, await cosign(note, first, new Date(5000))] };
    expect(refusalOf(() => verifyCosignatures(again, [first.key]))).toBe('cosignature-twice');
    expect(verifyCosignatures(again, [second.key])).toHaveLength(1);
  });

  it('have a time that is a date', async () => {
    const note = noteOf(text);
    await expect(cosign(note, first, new Date(-1))).rejects.toMatchObject({ code: 'cosignature-time-refused' });
    await expect(cosign(note, first, new Date(NaN))).rejects.toMatchObject({ code: 'cosignature-time-refused' });
    await expect(cosign(note, log, at)).rejects.toMatchObject({ code: 'key-type-refused' });
    await expect(cosign(noteOf('text'), first, at)).rejects.toMatchObject({ code: 'text-refused' });
    const last = await cosign(note, first, new Date(8.64e15));
    expect(verifyCosignatures({ text, signatures: [last] }, [first.key])).toEqual([
      { key: first.key, at: new Date(8.64e15) },
    ]);
    const seconds = 8_640_000_000_001n;
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(seconds);
    const late = Buffer.concat([time, await first.sign(Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`))]);
    const signatures = [{ ...last, signature: late }];
    expect(refusalOf(() => verifyCosignatures({ text, signatures }, [first.key]))).toBe('cosignature-time-refused');
  });
});

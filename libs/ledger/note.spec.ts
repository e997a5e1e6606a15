import fc from 'fast-check';
import {
  formatNote,
  formatVerifierKey,
  noteLimit,
  parseNote,
  parseSignatureLines,
  parseVerifierKey,
  signatureLimit,
  signatureLine,
  signNote,
  verifierKey,
  verifyNote,
  type NoteSignature,
} from '.';
import { refusalOf } from './spec-support/refusal';
import { signerOf } from './spec-support/signers';

const log = signerOf('log.example/one');
const other = signerOf('log.example/two', 0x01, 8);
const text = 'Some text.\n\nIts last line.\n';
const signature = (name: string, bytes = 68, fill = 1): NoteSignature => ({
  name,
  id: Buffer.alloc(4, fill),
  signature: Buffer.alloc(bytes - 4, 2),
});
const many = (count: number) => Array.from({ length: count }, (_, index) => signature(`key${index}`));
const parsed = (note: string | Buffer) => refusalOf(() => parseNote(Buffer.from(note)));

describe('a signed note', () => {
  it('is read back as it was written', () => {
    const line = fc.string({ unit: 'grapheme' }).filter((each) => !/\p{Cc}/u.test(each));
    const name = fc.stringMatching(/^[a-zé/.—-]{1,30}$/u);
    const signatures = fc.array(
      fc.tuple(name, fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 1, maxLength: 100 })),
      { minLength: 1, maxLength: signatureLimit },
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), signatures, (lines, signed) => {
        const note = {
          text: `${lines.join('\n')}\n`,
          signatures: signed.map(([each, id, bytes]) => ({
            name: each,
            id: Buffer.from(id),
            signature: Buffer.from(bytes),
          })),
        };
        expect(parseNote(formatNote(note))).toEqual(note);
        const after = Buffer.from(note.signatures.map(signatureLine).join(''));
        expect(parseSignatureLines(after)).toEqual(note.signatures);
      }),
    );
  });

  it('may have at least 16 signatures, and as many long ones', () => {
    expect(parseNote(formatNote({ text, signatures: many(signatureLimit) })).signatures).toHaveLength(signatureLimit);
    const long = Array.from({ length: 16 }, (_, index) => signature(`key${index}`, 5000));
    expect(parseNote(formatNote({ text, signatures: long })).signatures).toEqual(long);
  });

  const line = signatureLine(signature('log.example/one')).slice(0, -1);
  const encoded = line.split(' ')[2] as string;
  it.each([
    ['', 'note-malformed'],
    ['text\n', 'note-malformed'],
    [`text\n${line}\n`, 'note-malformed'],
    [`\n${line}\n`, 'note-malformed'],
    [`text\n\n${line}`, 'note-malformed'],
    ['text\n\n', 'note-unsigned'],
    [`text\n\n${line}\n\n`, 'note-unsigned'],
    [`text\n\n${line}\nmore\n`, 'note-signature-malformed'],
    [`text\n\n${line.replace('—', '-')}\n`, 'note-signature-malformed'],
    [`text\n\n${line.replace('— ', '—')}\n`, 'note-signature-malformed'],
    [`text\n\n${line.replace('— ', '—  ')}\n`, 'note-signature-malformed'],
    [`text\n\n${line} \n`, 'note-signature-malformed'],
    [`text\n\n${line} more\n`, 'note-signature-malformed'],
    [`text\n\n— ${encoded}\n`, 'note-signature-malformed'],
    [`text\n\n— name AAAAAA==\n`, 'note-signature-malformed'],
    [`text\n\n— name AAAAAAB=\n`, 'note-signature-malformed'],
    [`text\n\n— name AAAAAAA\n`, 'note-signature-malformed'],
    [`text\n\n— name AAAA_AA-\n`, 'note-signature-malformed'],
    [`text\n\n— na+me ${encoded}\n`, 'key-name-refused'],
    [`text\n\n— na\u00a0me ${encoded}\n`, 'key-name-refused'],
    [`text\n\n— na\u2028me ${encoded}\n`, 'key-name-refused'],
    [`text\n\n— na\u0085me ${encoded}\n`, 'key-name-refused'],
    [`text\n\n— ${'n'.repeat(1001)} ${encoded}\n`, 'key-name-refused'],
    [`te\txt\n\n${line}\n`, 'note-control-character'],
    [`text\r\n\n${line}\n`, 'note-control-character'],
    [`te\0xt\n\n${line}\n`, 'note-control-character'],
    [`text\n\n${line}\r\n`, 'note-control-character'],
    [Buffer.from([0x74, 0xff, 0x0a, 0x0a]), 'note-not-utf8'],
    [Buffer.concat([Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(`\n\n${line}\n`)]), 'note-not-utf8'],
    [Buffer.concat([Buffer.from([0xc0, 0x8a]), Buffer.from(`\n\n${line}\n`)]), 'note-not-utf8'],
    [`text\n\n${`${line}\n`.repeat(signatureLimit + 1)}`, 'note-too-many-signatures'],
    [Buffer.alloc(noteLimit + 1, 'a'), 'note-too-large'],
  ])('is refused as %j', (note, code) => {
    expect(parsed(note)).toBe(code);
  });

  it('keeps a byte order mark, which is part of what was signed', () => {
    expect(parseNote(Buffer.from(`\ufefftext\n\n${line}\n`)).text).toBe('\ufefftext\n');
  });

  it('is refused in its own way, whatever the bytes', () => {
    const bytes = formatNote({ text, signatures: many(3) });
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(3), fc.uint8Array({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let changed = bytes;
        for (const [at, , removed, added] of changes) {
          changed = Buffer.concat([changed.subarray(0, at), Buffer.from(added), changed.subarray(at + removed)]);
        }
        const refusal = parsed(changed);
        if (refusal === undefined) expect(formatNote(parseNote(changed))).toEqual(changed);
      }),
      { numRuns: 2000 },
    );
  });

  it('is not written when nobody could read it', () => {
    const written = (wrong: string) => refusalOf(() => formatNote({ text: wrong, signatures: many(1) }));
    for (const wrong of ['', 'text', 'te\rxt\n', 'te\txt\n', 'te\ud800xt\n'])
      expect(written(wrong)).toBe('text-refused');
    expect(refusalOf(() => formatNote({ text, signatures: [] }))).toBe('note-unsigned');
    expect(refusalOf(() => formatNote({ text, signatures: many(65) }))).toBe('note-too-many-signatures');
    expect(refusalOf(() => formatNote({ text: `${'a'.repeat(noteLimit)}\n`, signatures: many(1) }))).toBe(
      'note-too-large',
    );
    expect(refusalOf(() => signatureLine(signature('a b')))).toBe('key-name-refused');
    expect(refusalOf(() => signatureLine(signature('a', 4)))).toBe('note-signature-malformed');
    expect(refusalOf(() => signatureLine({ ...signature('a'), id: Buffer.alloc(3) }))).toBe('note-signature-malformed');
  });
});

describe('the signatures of a note', () => {
  it('are verified for the keys that are known; others are left alone', async () => {
    const note = await signNote(text, [log, other]);
    const more = { ...note, signatures: [signature('unknown'), ...note.signatures, signature('unknown')] };
    expect(verifyNote(more, [log.key])).toEqual([note.signatures[0]]);
    expect(verifyNote(more, [other.key, log.key])).toEqual(note.signatures);
    const stranger = signerOf('log.example/one', 0x01, 9).key;
    expect(refusalOf(() => verifyNote(more, [stranger]))).toBe('note-unsigned-by-known');
    expect(refusalOf(() => verifyNote(more, []))).toBe('note-unsigned-by-known');
  });

  it('are refused, all of them, when one by a known key is wrong', async () => {
    const note = await signNote(text, [log, other]);
    const [first, second] = note.signatures as [NoteSignature, NoteSignature];
    for (let bit = 0; bit < 512; bit++) {
      const bytes = Buffer.from(second.signature);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      const changed = { ...note, signatures: [first, { ...second, signature: bytes }] };
      expect(refusalOf(() => verifyNote(changed, [log.key, other.key]))).toBe('note-signature-wrong');
      if (bit === 0) expect(verifyNote(changed, [log.key])).toEqual([first]);
    }
    for (const bytes of [second.signature.subarray(1), Buffer.concat([second.signature, Buffer.of(0)])]) {
      const changed = { ...note, signatures: [first, { ...second, signature: bytes }] };
      expect(refusalOf(() => verifyNote(changed, [log.key, other.key]))).toBe('note-signature-wrong');
    }
    const retold = { ...note, text: `${text}More.\n` };
    expect(refusalOf(() => verifyNote(retold, [log.key]))).toBe('note-signature-wrong');
  });

  it('are refused when one known key has two lines, be they the same', async () => {
    const note = await signNote(text, [log]);
    const [line] = note.signatures as [NoteSignature];
    const twice = { ...note, signatures: [line, line] };
    expect(refusalOf(() => verifyNote(twice, [log.key]))).toBe('note-signature-twice');
    expect(verifyNote(note, [log.key, parseVerifierKey(formatVerifierKey(log.key))])).toEqual([line]);
  });

  it('are not looked for where two keys answer to one name and id', async () => {
    const note = await signNote(text, [log]);
    const impostor = { ...log.key, publicKey: other.key.publicKey };
    expect(refusalOf(() => verifyNote(note, [log.key, impostor]))).toBe('verifier-keys-ambiguous');
  });

  it('are made of text that can be a note, and only when they verify', async () => {
    await expect(signNote('text', [log])).rejects.toMatchObject({ code: 'text-refused' });
    await expect(signNote(text, [])).rejects.toMatchObject({ code: 'note-unsigned' });
    await expect(signNote(text, [signerOf('w', 0x04)])).rejects.toMatchObject({ code: 'key-type-refused' });
    const broken = { key: log.key, sign: (message: Buffer) => other.sign(message) };
    await expect(signNote(text, [broken])).rejects.toMatchObject({ code: 'signer-wrong' });
  });
});

describe('a verifier key', () => {
  const published = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';

  it('is read back as it was written', () => {
    for (const vkey of [published, 'witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN']) {
      expect(formatVerifierKey(parseVerifierKey(vkey))).toBe(vkey);
    }
    expect(parseVerifierKey(published)).toMatchObject({ name: 'sum.golang.org', type: 1 });
    expect(verifierKey('a', 0x01, log.key.publicKey).id).not.toEqual(verifierKey('a', 0x04, log.key.publicKey).id);
  });

  const ofType = (type: number, length = 33) => {
    const bytes = Buffer.alloc(length, 1);
    bytes[0] = type;
    return `a+00000000+${bytes.toString('base64')}`;
  };
  it.each([
    ['', 'verifier-key-malformed'],
    ['sum.golang.org', 'verifier-key-malformed'],
    ['sum.golang.org+033de0ae', 'verifier-key-malformed'],
    [`+${published.split('+').slice(1).join('+')}`, 'verifier-key-malformed'],
    [published.replace('033de0ae', '033DE0AE'), 'verifier-key-malformed'],
    [published.replace('033de0ae', '33de0ae'), 'verifier-key-malformed'],
    [published.slice(0, -1), 'verifier-key-malformed'],
    [`${published}\n`, 'verifier-key-malformed'],
    [`${published}=`, 'verifier-key-malformed'],
    [published.replace('sum.', 'su m.'), 'verifier-key-malformed'],
    [ofType(1, 32), 'verifier-key-malformed'],
    [ofType(4, 34), 'verifier-key-malformed'],
    [ofType(2), 'verifier-key-type-unknown'],
    [ofType(6, 1313), 'verifier-key-type-unknown'],
    [ofType(1), 'verifier-key-id-differs'],
    [published.replace('033de0ae', '033de0af'), 'verifier-key-id-differs'],
    [published.replace('sum.', 'som.'), 'verifier-key-id-differs'],
  ])('is refused as %j', (vkey, code) => {
    expect(refusalOf(() => parseVerifierKey(vkey))).toBe(code);
  });

  it('is not made of what is none', () => {
    expect(refusalOf(() => verifierKey('a b', 0x01, log.key.publicKey))).toBe('key-name-refused');
    expect(refusalOf(() => verifierKey('', 0x01, log.key.publicKey))).toBe('key-name-refused');
    expect(refusalOf(() => verifierKey('a', 0x02 as 0x01, log.key.publicKey))).toBe('key-type-refused');
    expect(refusalOf(() => verifierKey('a', 0x01, Buffer.alloc(31)))).toBe('hash-malformed');
  });

  it('that is no point of the curve verifies nothing', () => {
    const nowhere = verifierKey('log.example/one', 0x01, Buffer.alloc(32, 0xff));
    const note = { text, signatures: [{ name: nowhere.name, id: nowhere.id, signature: Buffer.alloc(64) }] };
    expect(refusalOf(() => verifyNote(note, [nowhere]))).toBe('note-signature-wrong');
  });
});

import fc from 'fast-check';
import {
  canonicalJson,
  commitmentOf,
  decrypt,
  encrypt,
  fieldDigest,
  lengthPrefixed,
  NotCanonicalError,
  paddingBlock,
  randomBytes,
  readSection,
  readSections,
  sha256,
  writeSection,
  writeSections,
  type Json,
} from '.';

const name = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/);
const json = fc.jsonValue({ stringUnit: 'grapheme' }) as fc.Arbitrary<Json>;
const fields = fc.dictionary(name, json, { maxKeys: 12 });

/** What a value is after it was written and read: JSON knows no negative zero. */
const stored = (value: Json) => JSON.parse(canonicalJson(value)) as Json;

describe('canonical JSON', () => {
  it('is stable: what was read back is written as it was', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
        expect(canonicalJson(shuffled(value))).toBe(text);
      }),
    );
  });

  it('says what ECMAScript says, but for the order of members', () => {
    fc.assert(
      fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))),
    );
  });

  it('writes any text that UTF-8 can hold, and refuses the others', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => expect(canonicalJson(text)).toBe(JSON.stringify(text))),
    );
    for (const text of ['\ud800', 'a\udc00', '\udc00\ud800', '\ud83d\ud83d\ude00']) {
      expect(() => canonicalJson(text)).toThrow(NotCanonicalError);
      expect(() => canonicalJson({ [text]: 1 })).toThrow(NotCanonicalError);
    }
  });

  it('refuses what is no data, and what nests without end', () => {
    const nested = (depth: number): Json => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as Json;
    expect(canonicalJson(nested(64))).toHaveLength(128);
    const refused: unknown[] = [undefined, 1n, () => 1, Symbol('a'), [undefined], NaN, new Date(0), new Map([[1, 2]])];
    for (const value of [...refused, Buffer.from('a'), { at: new Date(0) }, nested(65), nested(200_000)]) {
      expect(() => canonicalJson(value as Json)).toThrow(NotCanonicalError);
    }
  });

  it('keeps members that bear the names of an object itself', () => {
    const text = '{"__proto__":{"a":1},"constructor":2}';
    expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
    expect(canonicalJson(Object.assign(Object.create(null) as object, { a: 1, b: undefined }) as Json)).toBe('{"a":1}');
  });
});

describe('length-prefixed parts', () => {
  const part = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.uint8Array({ maxLength: 300 }));
  const parts = fc.array(part, { maxLength: 6 });

  it('can be told apart again, in whatever way they were joined', () => {
    fc.assert(
      fc.property(parts, (list) => {
        const expected = list.map((one) => Buffer.from(one as string).toString('hex'));
        expect(partsOf(lengthPrefixed(list))).toEqual(expected);
        expect(lengthPrefixed(list.map((one) => Buffer.from(one as string)))).toEqual(lengthPrefixed(list));
      }),
      { examples: [[['a'.repeat(127)]], [['a'.repeat(128)]], [['é'.repeat(64)]], [['', '']], [[]]] },
    );
  });
});

describe('sections', () => {
  it('come back as they were written, whatever the fields', () => {
    fc.assert(
      fc.property(fields, (values) => {
        const { plaintext, commitment } = writeSection(values);
        const read = readSection(plaintext, commitment);
        expect(read.map((field) => field.name)).toEqual(Object.keys(values).sort());
        for (const field of read) expect(field.value).toEqual(stored(values[field.name] as Json));
      }),
    );
  });

  it('commit to what the definition says of each field, long or short, ASCII or not', () => {
    const long = 'x'.repeat(200);
    fc.assert(
      fc.property(fields, (values) => {
        const { plaintext, commitment } = writeSection(values);
        const digests = readSection(plaintext, commitment).map((field) => {
          const parts = [
            'ardoise/field/1',
            Buffer.from(field.salt, 'base64url'),
            field.name,
            canonicalJson(field.value),
          ];
          expect(fieldDigest(field.name, field.salt, canonicalJson(field.value))).toBe(
            sha256(lengthPrefixed(parts)).toString('hex'),
          );
          return sha256(lengthPrefixed(parts));
        });
        const count = Buffer.alloc(4);
        count.writeUInt32BE(digests.length);
        const sorted = digests.toSorted((a, b) => a.compare(b));
        const input = lengthPrefixed(['ardoise/commitment/1', count, ...sorted]);
        expect(sha256(input).toString('hex')).toBe(commitment);
        expect(commitmentOf(digests.map((digest) => digest.toString('hex')))).toBe(commitment);
      }),
      { examples: [[{ a: long, b: 'é' }], [{ a: long + 'é', b: 'ÿ', c: '😀' }], [{}]] },
    );
  });

  it('betray of their length only how many times 128 bytes it is', () => {
    fc.assert(
      fc.property(fields, (values) => {
        const { plaintext } = writeSection(values);
        const text = plaintext.toString('utf8').trimEnd();
        const length = Buffer.byteLength(text);
        expect(plaintext).toHaveLength(Math.ceil(length / paddingBlock) * paddingBlock);
        expect(plaintext.toString('utf8')).toBe(text + ' '.repeat(plaintext.length - length));
      }),
    );
  });

  it('never have the same salt, commitment or ciphertext twice', () => {
    const seen = new Set<string>();
    const [key, place] = [randomBytes(32), Buffer.alloc(0)];
    for (let i = 0; i < 2000; i++) {
      const { plaintext, commitment } = writeSection({ a: 1, b: 1 });
      for (const { salt } of readSection(plaintext, commitment)) seen.add(salt);
      seen.add(commitment);
      const sealed = encrypt(key, Buffer.alloc(128), place);
      seen.add(sealed.toString('hex', 0, 12)).add(sealed.toString('hex', 12));
      expect(decrypt(key, sealed, place)).toEqual(Buffer.alloc(128));
    }
    expect(seen.size).toBe(2000 * 5);
  });

  it('are framed so that each comes out whole', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: 5 }), (list) => {
        const ciphertexts = list.map((bytes) => Buffer.from(bytes));
        expect(readSections(writeSections(ciphertexts))).toEqual(ciphertexts);
      }),
    );
  });
});

function partsOf(bytes: Buffer): string[] {
  const list: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    list.push(bytes.toString('hex', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return list;
}

function shuffled(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([member, inner]) => [member, shuffled(inner as Json)]),
  );
}

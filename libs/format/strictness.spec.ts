import {
  canonicalJson,
  commitmentOf,
  fieldDigest,
  headerLimit,
  leafHash,
  readHeader,
  readSection,
  readSections,
  sectionsLimit,
  writeHeader,
  writeSection,
  writeSections,
  type Header,
  type Json,
} from '.';

const salt = 'AAAAAAAAAAAAAAAAAAAAAA';
const malformed = expect.objectContaining({ name: 'FormatError', code: 'section-malformed' }) as Error;

/** A section as somebody might have written it, with the commitment that its values have in the one right form. */
function read(text: string | Buffer, values: [string, Json][] = [['a', 1]]) {
  const commitment = commitmentOf(values.map(([name, value]) => fieldDigest(name, salt, canonicalJson(value))));
  return readSection(Buffer.from(text as string), commitment);
}

const pad = (text: string, length = 128, filler = ' ') => text + filler.repeat(length - Buffer.byteLength(text));
const one = `[["a","${salt}",1]]`;

describe('a section has one form', () => {
  it('is read in it', () => expect(read(pad(one))).toEqual([{ name: 'a', salt, value: 1 }]));
  it('may be empty', () => expect(read(pad('[]'), [])).toEqual([]));

  it('may fill its block to the last byte', () => {
    const { plaintext, commitment } = writeSection({ a: 'x'.repeat(128 - one.length - 1) });
    expect(plaintext).toHaveLength(128);
    expect(plaintext.at(-1)).toBe(0x5d);
    expect(readSection(plaintext, commitment)).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['no padding', one],
    ['a block too much', pad(one, 256)],
    ['only padding', pad('')],
    ['tabs as padding', pad(one, 128, '\t')],
    ['zeros as padding', pad(one, 128, '\0')],
    ['a line end in the padding', pad(one, 127) + '\n'],
    ['padding before the list', pad(' ' + one)],
    ['white space in the list', pad(`[["a", "${salt}",1]]`)],
    ['an object', pad(`{"a":1}`)],
    ['no JSON', pad('[["a",')],
    ['a byte order mark', pad('\ufeff' + one)],
    ['an entry of two', pad(`[["a","${salt}"]]`)],
    ['an entry of four', pad(`[["a","${salt}",1,1]]`)],
    ['an entry that is an object', pad(`[{"0":"a","1":"${salt}","2":1,"length":3}]`)],
    ['an escaped name', pad(`[["\\u0061","${salt}",1]]`)],
    ['a name twice', pad(`[["a","${salt}",1],["a","${salt}",1]]`)],
    ['the prototype as a name', pad(`[["__proto__","${salt}",1]]`)],
    ['an empty name', pad(`[["","${salt}",1]]`)],
    ['a name that is none', pad(`[[1,"${salt}",1]]`)],
    ['a number in another form', pad(`[["a","${salt}",1.0]]`)],
    ['a number with an exponent', pad(`[["a","${salt}",1e0]]`)],
    ['a salt that is padded', pad(`[["a","${salt}==",1]]`)],
    ['a salt that is too short', pad(`[["a","${salt.slice(1)}",1]]`)],
    ['a salt with bits left over', pad(`[["a","${salt.slice(1)}B",1]]`)],
    ['a salt of the other alphabet', pad(`[["a","+${salt.slice(1)}",1]]`)],
    ['a salt with a space in it', pad(`[["a","${salt.slice(1)} ",1]]`)],
    ['a salt that is none', pad(`[["a",null,1]]`)],
  ])('is refused with %s', (_, text) => {
    expect(() => read(text)).toThrow(malformed);
  });

  it.each<[string, string, [string, Json][]]>([
    [
      'fields out of order',
      `[["b","${salt}",1],["a","${salt}",1]]`,
      [
        ['a', 1],
        ['b', 1],
      ],
    ],
    ['a negative zero', `[["a","${salt}",-0]]`, [['a', 0]]],
    ['a number that no double holds', `[["a","${salt}",9007199254740993]]`, [['a', 9007199254740992]]],
    ['an escape that is not needed', `[["a","${salt}","\\u0041"]]`, [['a', 'A']]],
    ['a member twice', `[["a","${salt}",{"x":1,"x":2}]]`, [['a', { x: 2 }]]],
    ['members out of order', `[["a","${salt}",{"y":1,"x":2}]]`, [['a', { x: 2, y: 1 }]]],
    ['a lone surrogate', `[["a","${salt}","\\ud800"]]`, [['a', '?']]],
  ])('is refused with %s', (_, text, values) => {
    expect(() => read(pad(text), values)).toThrow(malformed);
  });

  it('is refused when it nests too deep', () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    const text = `[["a","${salt}",${deep}]]`;
    expect(() => read(pad(text, Math.ceil(text.length / 128) * 128))).toThrow(malformed);
  });

  it.each([
    ['one byte', [0xff]],
    // Three bytes that read as one replacement character of three bytes.
    ['a cut-off character', [0xf0, 0x9f, 0x98]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('is refused with bytes that are no UTF-8: %s', (_, bytes) => {
    const text = Buffer.from(pad(`[["a","${salt}","@@@"]]`));
    text.set(bytes, text.indexOf('@'));
    expect(() => read(text, [['a', text.toString('utf8').split('"')[5] as string]])).toThrow(malformed);
  });

  it('is refused when it is not the one committed to', () => {
    const { plaintext } = writeSection({ a: 1 });
    expect(() => readSection(plaintext, writeSection({ a: 1 }).commitment)).toThrow(
      expect.objectContaining({ code: 'commitment-differs' }),
    );
  });

  it('is never written with a name that could not be read', () => {
    for (const name of ['__proto__', '', 'A', 'a-b', 'é', '1', 'a'.repeat(65)]) {
      expect(() => writeSection({ [name]: 1 })).toThrow(malformed);
    }
  });
});

describe('a header has one form', () => {
  const hex64 = 'ab'.repeat(32);
  const id = '5f'.repeat(16);
  const section = { ciphertext: `sha256:${hex64}`, commitment: hex64, fingerprint: hex64, unit: id };
  const header: Header = {
    command: hex64,
    facts: { service: 'lms', title: 'Été 😀', capacity: 12 },
    format: 1,
    id,
    organisation: 'moniravique',
    policy: 3,
    recordedAt: '2028-02-29T23:59:59Z',
    schema: 1,
    sections: [{ ...section, day: '2028-02-29' }, section],
    stream: `learning-${id}`,
    type: 'attempt-graded',
    version: 14,
  };
  const bytes = writeHeader(header);
  const text = bytes.toString('utf8');
  const code = (expected: string) => expect.objectContaining({ name: 'FormatError', code: expected }) as Error;

  it('is canonical JSON, and comes back', () => {
    expect(text).toBe(canonicalJson(header as unknown as Json));
    expect(readHeader(bytes)).toEqual(header);
  });

  const malformedMembers: [keyof Header, unknown[]][] = [
    ['command', [undefined, null, '', hex64.toUpperCase(), hex64 + 'a', [hex64]]],
    ['facts', [undefined, null, [], 'a', { 'a-b': 1 }, JSON.parse('{"__proto__":1}')]],
    ['format', [undefined, 0, 2, '1']],
    ['id', [undefined, id.slice(1), id.toUpperCase(), [id], `${id}\n`]],
    ['organisation', [undefined, '', 'Mira', 'a-b', 'a'.repeat(41)]],
    ['policy', [undefined, -1, 1.5, '3', 2 ** 53, null]],
    ['recordedAt', [undefined, '2027-02-29T00:00:00Z', '2026-11-22T10:11:12.000Z', '2026-11-22T10:11:60Z']],
    [
      'recordedAt',
      ['2026-11-22T24:00:00Z', '2026-13-01T00:00:00Z', '0000-01-01T00:00:00Z', '2026-11-22T10:11:12+00:00'],
    ],
    ['schema', [undefined, 0, -1, '1']],
    ['sections', [undefined, null, {}, [null], [{}], [{ ...section, unit: 'x' }], [{ ...section, day: '2027-02-29' }]]],
    [
      'sections',
      [[{ ...section, ciphertext: hex64 }], [{ ...section, commitment: 1 }], [{ ...section, fingerprint: '' }]],
    ],
    ['stream', [undefined, id, `-${id}`, `a--b-${id}`, `Learning-${id}`, `${'a'.repeat(32)}-${id}`]],
    ['type', [undefined, '', 'attempt_graded', 'Attempt', 'a-', 'a--b', 'a'.repeat(101)]],
    ['version', [undefined, -1, '0', 0.5]],
  ];

  it.each(malformedMembers)('is refused with a malformed %s', (member, values) => {
    for (const value of values) {
      const changed = { ...header, [member]: value };
      expect(() => writeHeader(changed)).toThrow(code('header-malformed'));
      expect(() => readHeader(Buffer.from(JSON.stringify(changed)))).toThrow(code('header-malformed'));
    }
  });

  it.each([
    ['white space', text.replace(',"format"', ', "format"'), 'header-not-canonical'],
    [
      'members in another order',
      JSON.stringify(Object.fromEntries(Object.entries(header).reverse())),
      'header-not-canonical',
    ],
    ['a member twice', text.replace('"format":1', '"format":1,"format":1'), 'header-not-canonical'],
    ['a fact in another form', text.replace('12', '12.0'), 'header-not-canonical'],
    ['an escape that is not needed', text.replace('"lms"', '"l\\u006ds"'), 'header-not-canonical'],
    ['a fact that has no canonical form', text.replace('"lms"', '"\\ud800"'), 'header-not-canonical'],
    ['a further member of a section', text.replace('"unit"', '"salt":1,"unit"'), 'header-not-canonical'],
    ['a further member', text.replace('"format"', '"extra":1,"format"'), 'header-malformed'],
    ['a line end', text + '\n', 'header-not-canonical'],
    ['a byte order mark', '\ufeff' + text, 'header-malformed'],
    ['no JSON', text.slice(0, -1), 'header-malformed'],
    ['a list', '[]', 'header-malformed'],
    ['null', 'null', 'header-malformed'],
    ['nothing', '', 'header-malformed'],
  ])('is refused with %s', (_, changed, expected) => {
    expect(() => readHeader(Buffer.from(changed))).toThrow(code(expected));
  });

  it('is refused with bytes that are no UTF-8', () => {
    const changed = Buffer.from(bytes);
    changed.set([0xf0, 0x9f, 0x98], changed.indexOf('lms'));
    expect(() => readHeader(changed)).toThrow(code('header-malformed'));
  });

  it('has at most 65,535 bytes', () => {
    const room = headerLimit - bytes.length + 'lms'.length;
    const longest = writeHeader({ ...header, facts: { ...header.facts, service: 'x'.repeat(room) } });
    expect(longest).toHaveLength(headerLimit);
    expect(readHeader(longest).version).toBe(14);
    expect(() => writeHeader({ ...header, facts: { ...header.facts, service: 'x'.repeat(room + 1) } })).toThrow(
      code('header-too-large'),
    );
    const larger = Buffer.concat([longest, Buffer.from(' ')]);
    expect(() => readHeader(larger)).toThrow(code('header-too-large'));
    expect(() => leafHash(larger)).toThrow(code('header-too-large'));
  });
});

describe('frames fill the bytes exactly', () => {
  const bytes = writeSections([Buffer.alloc(156, 1), Buffer.alloc(284, 2)]);

  it('or are refused, cut off at any byte or overlong', () => {
    for (let length = 1; length < bytes.length; length++) {
      if (length === 160) continue;
      expect(() => readSections(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'sections-malformed' }),
      );
    }
    expect(() => readSections(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow();
    expect(readSections(bytes).map(({ length }) => length)).toEqual([156, 284]);
    expect(readSections(Buffer.alloc(0))).toEqual([]);
  });

  it('and stay below what an engine takes', () => {
    const fits = Buffer.alloc(sectionsLimit - 4);
    expect(readSections(writeSections([fits]))).toEqual([fits]);
    const tooLarge = expect.objectContaining({ code: 'sections-too-large' }) as Error;
    expect(() => writeSections([fits, Buffer.alloc(0)])).toThrow(tooLarge);
    expect(() => readSections(Buffer.alloc(sectionsLimit + 1))).toThrow(tooLarge);
  });
});

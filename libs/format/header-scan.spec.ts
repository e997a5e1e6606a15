import fc from 'fast-check';
import { HeaderScan, readHeader, writeHeader, type Header, type Json } from '.';

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const natural = fc.oneof(fc.nat(), fc.maxSafeNat());
const day = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const section = fc.record(
  {
    ciphertext: hex(64).map((digits) => `sha256:${digits}`),
    commitment: hex(64),
    fingerprint: hex(64),
    unit: hex(32),
    day: day.map((text) => text.slice(0, 10)),
  },
  { requiredKeys: ['ciphertext', 'commitment', 'fingerprint', 'unit'] },
);
const json = fc.jsonValue({ stringUnit: 'grapheme' }) as fc.Arbitrary<Json>;
const header: fc.Arbitrary<Header> = fc.record({
  command: hex(64),
  facts: fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,9}$/), json, { maxKeys: 4 }),
  format: fc.constant(1 as const),
  id: hex(32),
  organisation: fc.stringMatching(/^[a-z0-9]{1,40}$/),
  policy: natural,
  recordedAt: day.map((text) => `${text.slice(0, 19)}Z`),
  schema: natural.map((number) => Math.max(1, number)),
  sections: fc.array(section, { maxLength: 3 }),
  stream: fc.constantFrom('person', 'a-b').chain((kind) => hex(32).map((id) => `${kind}-${id}`)),
  type: fc.constantFrom('person-registered', 'x'),
  version: natural,
});

type Answer = { readonly code: string } | Record<string, unknown>;

const codeOf = (error: unknown): Answer => ({ code: (error as { code: string }).code });

/** What `readHeader` says, in the words of a scan. */
function read(bytes: Buffer): Answer {
  try {
    const { facts, id, organisation, policy, recordedAt, schema, sections, stream, type, version } = readHeader(bytes);
    const seconds = Date.parse(recordedAt) / 1_000;
    const places = sections.map(({ ciphertext, fingerprint, unit, day }) => [
      ciphertext.slice(7),
      fingerprint,
      unit,
      day,
    ]);
    return { facts, id, organisation, policy, seconds, schema, sections: places, stream, type, version };
  } catch (error) {
    return codeOf(error);
  }
}

const scan = new HeaderScan();

function scanned(bytes: Buffer): Answer {
  try {
    scan.read(bytes);
  } catch (error) {
    return codeOf(error);
  }
  const of = (from: number, length: number): string => scan.text(from, from + length);
  return {
    facts: scan.facts(),
    id: of(scan.id, 32),
    organisation: scan.organisation,
    policy: scan.policy,
    seconds: scan.recordedAt,
    schema: scan.schema,
    sections: scan.sections
      .slice(0, scan.sectionCount)
      .map(({ ciphertext, fingerprint, unit, day }) => [
        of(ciphertext, 64),
        of(fingerprint, 64),
        of(unit, 32),
        day < 0 ? undefined : of(day, 10),
      ]),
    stream: scan.text(scan.streamFrom, scan.streamTo),
    type: scan.type,
    version: scan.version,
  };
}

describe('a scan of a header', () => {
  it('says what readHeader says of every header', () => {
    fc.assert(fc.property(header, (one) => expect(scanned(writeHeader(one))).toEqual(read(writeHeader(one)))));
  });

  it('takes and refuses what readHeader takes and refuses, with one byte or a few changed, added or taken away', () => {
    const change = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
        fc
          .constantFrom('{', '}', '[', ']', '"', ',', '\\', '\\u0061', '0', '-0', '1e1', ' ', '\n', 'é', '\xff', 'x')
          .map((text) => Buffer.from(text)),
      ),
    });
    fc.assert(
      fc.property(header, fc.array(change, { minLength: 1, maxLength: 2 }), (one, changes) => {
        let bytes = writeHeader(one);
        for (const { at, cut, put } of changes) {
          const from = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(Math.min(bytes.length, from + cut))]);
        }
        expect(scanned(bytes)).toEqual(read(bytes));
      }),
      { numRuns: 400 },
    );
  });

  const plain: Header = {
    command: 'c'.repeat(64),
    facts: {},
    format: 1,
    id: 'd'.repeat(32),
    organisation: 'mira',
    policy: 1,
    recordedAt: '2026-03-02T09:00:00Z',
    schema: 1,
    sections: [
      {
        unit: 'a'.repeat(32),
        fingerprint: 'b'.repeat(64),
        commitment: 'e'.repeat(64),
        ciphertext: `sha256:${'f'.repeat(64)}`,
      },
    ],
    stream: `person-${'0'.repeat(32)}`,
    type: 'person-registered',
    version: 0,
  };
  const text = writeHeader(plain).toString();

  it.each([
    ['every single byte of it changed to any other', text],
    ['facts in it', writeHeader({ ...plain, facts: { ab: ['é', { c: -1.5e-7 }], day: '2026-02-28' } }).toString()],
  ])('agrees on a header with %s', (_, whole) => {
    const bytes = Buffer.from(whole);
    for (let at = 0; at < bytes.length; at++) {
      const before = bytes[at] as number;
      for (let value = 0; value < 256; value += 1) {
        bytes[at] = value;
        const [ours, theirs] = [scanned(bytes), read(bytes)];
        // Comparing the whole by jest would take minutes.
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) expect([at, value, ours]).toEqual([at, value, theirs]);
      }
      bytes[at] = before;
    }
  });

  it.each([
    ['2025-02-29T00:00:00Z'],
    ['2024-02-29T00:00:00Z'],
    ['1900-02-29T00:00:00Z'],
    ['2000-02-29T00:00:00Z'],
    ['0000-01-01T00:00:00Z'],
    ['0001-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59Z'],
    ['2026-04-31T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-01-01T24:00:00Z'],
    ['2026-01-01T23:60:00Z'],
    ['2026-01-01T23:59:60Z'],
  ])('agrees on the second %s', (second) => {
    const bytes = Buffer.from(text.replace(plain.recordedAt, second));
    expect(scanned(bytes)).toEqual(read(bytes));
  });

  it.each([
    ['{]'],
    ['{"a":"\xff"}'],
    ['{"a":1,"a":1}'],
    ['{"a":01}'],
    ['{"b":1,"a":1}'],
    ['{"__proto__":1}'],
    ['{"a":{"__proto__":{"b":1}}}'],
    ['{"a":-0}'],
    ['{"a":1.0}'],
    ['{"a":"\\/"}'],
    ['{"a":"\\ud800"}'],
    ['{"a":"}"}'],
    ['{"a":"\\""}'],
    [`{"a":${'['.repeat(63)}${']'.repeat(63)}}`],
    [`{"a":${'['.repeat(64)}${']'.repeat(64)}}`],
    [`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['{'],
    ['{"a":"'],
    ['{"a":"\\'],
  ])('agrees on the facts %#', (facts) => {
    const bytes = Buffer.from(text.replace('"facts":{}', `"facts":${facts}`), 'latin1');
    expect(scanned(bytes)).toEqual(read(bytes));
  });
});

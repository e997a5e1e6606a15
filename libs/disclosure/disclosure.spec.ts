import { canonicalJson, type Field, type Json } from '@ardoise/format';
import { formatVerifierKey, parseTrustPolicy, verifierKey } from '@ardoise/ledger';
import fc from 'fast-check';
import { checkDisclosure, disclosureLimit, makeDisclosure, readDisclosure, writeDisclosure } from '.';
import { base, ledgerWith, newSigner, origin, sampleDisclosure, sampleEvent } from '../testing/sample-disclosure';

const signer = newSigner(origin);
const witness = newSigner('witness.example.net', 0x04);
const policy = parseTrustPolicy(
  `log ${formatVerifierKey(signer.key)}\nwitness neighbour ${formatVerifierKey(witness.key)}\nquorum neighbour\n`,
);

interface Alterable {
  header: string;
  index: number;
  proof: string[];
  checkpoint: string;
  keys: string[];
  sections: { section: number; fields: Json[][]; others: string[] }[];
}

const altered = (text: string, change: (disclosure: Alterable) => void): string => {
  const disclosure = JSON.parse(text);
  change(disclosure);
  return writeDisclosure(disclosure);
};
const first = ({ sections: [section] }: Alterable) => section as Alterable['sections'][number];
const field = (one: Alterable, at: number) => first(one).fields[at] as Json[];
const codeOf = (text: string, trust = {}): string => {
  const check = checkDisclosure(text, trust);
  return check.verdict === 'refused' ? check.wrong.code : check.verdict;
};

describe('a disclosure', () => {
  let text: string;
  beforeAll(async () => {
    text = await sampleDisclosure(['outcome', 'courseTitle'], { signer, witnesses: [witness] });
  });

  it('shows the chosen fields, proven, and of the others only how many there are', () => {
    const check = checkDisclosure(text, { policy });
    expect(check).toMatchObject({
      verdict: 'verified',
      unchecked: [],
      shown: {
        event: { id: 'e'.repeat(32), organisation: 'mira', type: 'result-kept', recordedAt: '2026-03-02T09:00:00Z' },
        sections: [
          {
            section: 0,
            fields: [
              { name: 'courseTitle', value: 'Premiers secours' },
              { name: 'outcome', value: 'completed' },
            ],
            others: 5,
          },
        ],
        hidden: 1,
        ledger: { origin, size: 700, index: 300 },
        key: { given: true },
        witnesses: [{ name: 'neighbour', at: '2026-03-02T09:01:00.000Z' }],
      },
    });
    for (const hidden of ['hours', '2026-03-01', 'a1'.repeat(16), 'staff']) expect(text).not.toContain(hidden);
    expect(writeDisclosure(readDisclosure(text))).toBe(text);
  });

  it('is verified in part when nobody but the file vouches for the key, or no witness is asked for', () => {
    const alone = checkDisclosure(text);
    expect(alone).toMatchObject({ verdict: 'in-part', shown: { key: { given: false } } });
    expect(alone.verdict === 'in-part' && alone.unchecked).toHaveLength(2);
    const withKey = checkDisclosure(text, { keys: [signer.key] });
    expect(withKey).toMatchObject({ verdict: 'in-part', shown: { key: { given: true } } });
    expect(withKey.verdict === 'in-part' && withKey.unchecked).toEqual([expect.stringMatching(/^whether witnesses/)]);
  });

  it('is verified by a key that bears the name of all ledgers of its operator', () => {
    const ofAll = verifierKey(base, 0x01, signer.key.publicKey);
    expect(codeOf(text, { keys: [ofAll] })).toBe('in-part');
    expect(codeOf(text, { keys: [ofAll, signer.key], policy })).toBe('verified');
  });

  it('is refused by another key of that name, and by keys of other ledgers', () => {
    expect(codeOf(text, { keys: [newSigner(origin).key] })).toBe('note-unsigned-by-known');
    expect(codeOf(text, { keys: [newSigner('ledger.example.org/parene/1').key] })).toBe('ledger-unknown');
    expect(codeOf(text, { keys: [] })).toBe('ledger-unknown');
  });

  it('is refused where fewer witnesses saw it than the policy asks for', async () => {
    const unseen = await sampleDisclosure(['outcome'], { signer });
    expect(codeOf(unseen, { policy })).toBe('cosignatures-too-few');
  });

  it.each<[string, string, (disclosure: Alterable) => void]>([
    ['another value', 'commitment-differs', (one) => (field(one, 0)[2] = 'Soins infirmiers')],
    ['another name', 'commitment-differs', (one) => (field(one, 1)[0] = 'result')],
    ['another salt', 'commitment-differs', (one) => (field(one, 0)[1] = 'gIGCg4SFhoeIiYqLjI2Ojw')],
    ['a field more', 'commitment-differs', (one) => first(one).fields.push(['z', 'gIGCg4SFhoeIiYqLjI2Ojw', 1])],
    ['a digest less', 'commitment-differs', (one) => first(one).others.pop()],
    ['a section of another', 'commitment-differs', (one) => (first(one).section = 1)],
    ['a section that is not there', 'section-unknown', (one) => (first(one).section = 2)],
    [
      'another header',
      'inclusion-root-differs',
      (one) => (one.header = one.header.replace('"schema":1', '"schema":2')),
    ],
    ['a header that is none', 'header-malformed', (one) => (one.header = '{}')],
    ['another leaf', 'inclusion-root-differs', (one) => (one.index = 301)],
    ['a leaf beyond the tree', 'inclusion-index-outside', (one) => (one.index = 700)],
    ['a proof cut short', 'inclusion-proof-length', (one) => one.proof.pop()],
    ['another size', 'note-signature-wrong', (one) => (one.checkpoint = one.checkpoint.replace('\n700\n', '\n701\n'))],
    ['a checkpoint that is none', 'note-malformed', (one) => (one.checkpoint = 'signed')],
    ['no keys', 'ledger-unknown', (one) => (one.keys = [])],
    ['a key that is none', 'verifier-key-malformed', (one) => (one.keys = ['a key'])],
    ['digests out of order', 'disclosure-malformed', (one) => first(one).others.reverse()],
    ['fields out of order', 'disclosure-malformed', (one) => first(one).fields.reverse()],
    ['no field', 'disclosure-malformed', (one) => (first(one).fields = [])],
    ['a negative leaf', 'disclosure-malformed', (one) => (one.index = -1)],
  ])('is refused with %s', (_, code, change) => {
    expect(codeOf(altered(text, change))).toBe(code);
  });

  it('is refused in any other spelling, of another format, and when it is none', () => {
    expect(codeOf(text + '\n')).toBe('disclosure-not-canonical');
    expect(codeOf(text.replace('{', '{"also":1,'))).toBe('disclosure-not-canonical');
    expect(codeOf(text.replace('"format":1', '"format":1,"format":1'))).toBe('disclosure-not-canonical');
    expect(codeOf(text.replace('"format":1', '"format":2'))).toBe('disclosure-of-other-format');
    expect(codeOf(text.slice(0, -1))).toBe('disclosure-malformed');
    expect(codeOf('[]')).toBe('disclosure-malformed');
    expect(codeOf('null')).toBe('disclosure-malformed');
    expect(codeOf(text.replace('Premiers secours', '\\ud800'))).toBe('disclosure-malformed');
    expect(codeOf(' '.repeat(disclosureLimit + 1))).toBe('disclosure-too-large');
    expect(codeOf('é'.repeat(disclosureLimit / 2 + 1))).toBe('disclosure-too-large');
  });

  it('is refused in the ledger of another organisation, though its own key signed that', async () => {
    const elsewhere = newSigner('ledger.example.org/parene/1');
    const event = sampleEvent();
    const moved = await sampleDisclosure(['outcome'], { event, signer: elsewhere, of: elsewhere.key.name });
    expect(codeOf(moved, { keys: [elsewhere.key] })).toBe('ledger-of-another');
  });

  it('has no value in what it says when it refuses', () => {
    const check = checkDisclosure(altered(text, (one) => (field(one, 0)[2] = 'Marie Curie')));
    expect(JSON.stringify(check)).not.toContain('Marie Curie');
  });

  it('is caught with any single character altered', () => {
    const whole = checkDisclosure(text, { policy });
    const shown = whole.verdict === 'verified' && whole.shown;
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('0', 'a', '"', ' ', '+', '}', 'é'), (at, character) => {
        fc.pre(text[at] !== character);
        const check = checkDisclosure(text.slice(0, at) + character + text.slice(at + 1), { policy });
        // What the file itself says of keys is not asked when keys come from elsewhere; nothing of it is shown.
        if (check.verdict !== 'refused')
          expect(text.slice(text.indexOf('"keys"'), text.indexOf('"proof"'))).toContain(text[at]);
        if (check.verdict !== 'refused') expect(check.shown).toEqual(shown);
      }),
      { numRuns: 1000 },
    );
  });

  it('holds values of any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), async (value) => {
        const event = sampleEvent([{ value: value, other: 1 }]);
        const made = await sampleDisclosure(['value'], { event, signer, size: 3, index: 2 });
        const check = checkDisclosure(made, { keys: [signer.key] });
        const shown = check.verdict === 'in-part' ? check.shown.sections[0]?.fields[0]?.value : undefined;
        expect(canonicalJson(shown as Json)).toBe(canonicalJson(value));
      }),
      { numRuns: 50 },
    );
  });

  it('holds a value that nests as deep as any may', async () => {
    let deep: Json = 1;
    for (let i = 0; i < 64; i++) deep = [deep];
    expect(codeOf(await sampleDisclosure(['value'], { event: sampleEvent([{ value: deep }]), signer }))).toBe(
      'in-part',
    );
  });

  it('is not made of what is not there', async () => {
    const event = sampleEvent();
    const ledger = await ledgerWith(event, { signer, size: 3, index: 1 });
    const fields = event.fields[0] as Field[];
    const make = (sections: { section: number; fields: readonly Field[]; shown: readonly string[] }[]) => () =>
      makeDisclosure({ header: event.header, sections, ...ledger, keys: [signer.key] });
    expect(make([{ section: 0, fields, shown: ['score'] }])).toThrow(
      expect.objectContaining({ code: 'field-unknown' }),
    );
    expect(make([{ section: 2, fields, shown: ['outcome'] }])).toThrow(
      expect.objectContaining({ code: 'section-unknown' }),
    );
    expect(make([{ section: 1, fields, shown: ['outcome'] }])).toThrow(
      expect.objectContaining({ code: 'commitment-differs' }),
    );
    expect(make([{ section: 0, fields, shown: [] }])).toThrow(
      expect.objectContaining({ code: 'disclosure-malformed' }),
    );
  });
});

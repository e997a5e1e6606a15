import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSigningKey } from '@ardoise/signing';
import { isSignedBy, makeReceipt, receiptDigest, type KeptUnit, type SignedReceipt } from './receipt';
import { receiptPage, receiptPagePolicy } from './receipt-page';
import { readReceipt } from './receipt-shape';
import type { LoggedHeader } from '../../keys/receipt-checks';
import { verifyReceipt } from './verification';

const id = (digit: string): string => digit.repeat(32);
const print = (digit: string): string => digit.repeat(64);
const kept: KeptUnit = {
  unit: id('c'),
  fingerprint: print('c'),
  category: 'billing',
  ground: 'Code de commerce, art. L123-22',
  until: '2036-12-31T23:00:00.000Z',
};
const content = {
  organisation: 'mira',
  erasure: id('e'),
  destroyedAt: '2026-03-02T09:00:01.500Z',
  completedAt: '2026-03-02T09:00:40.000Z',
  units: [
    [id('a'), print('a')],
    [id('b'), print('b')],
  ] as const,
  kept: [kept],
};

const named = (units: readonly (readonly [string, string])[], more: Partial<LoggedHeader> = {}): LoggedHeader => ({
  organisation: 'mira',
  type: 'keys-fenced',
  recordedAt: '2026-03-02T09:00:01Z',
  facts: { cause: 'erasure', units: units, part: 1, parts: 1 },
  id: id('1'),
  ...more,
});

async function* log(...headers: LoggedHeader[]): AsyncGenerator<LoggedHeader> {
  yield* headers;
}

describe('a receipt', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-receipts-'));
  let key: FileSigningKey;
  let receipt: SignedReceipt;

  beforeAll(async () => {
    key = await FileSigningKey.open(join(folder, 'keys'), 'receipts');
    receipt = await makeReceipt(content, key);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is signed over all that it says, and read back as it was', () => {
    const read = readReceipt(JSON.stringify(receipt)) as SignedReceipt;
    expect(read).toEqual(receipt);
    expect(isSignedBy(read, key.publicKey)).toBe(true);
    expect(isSignedBy({ ...read, completedAt: '2026-03-02T09:00:41.000Z' }, key.publicKey)).toBe(false);
    expect(receiptDigest({ ...read, salt: id('0') })).not.toBe(receiptDigest(read));
  });

  it('is refused when it is none, with the member that is not as it must be', () => {
    const broken: [unknown, RegExp][] = [
      ['{', /no JSON$/],
      [JSON.stringify([]), /no JSON object/],
      [JSON.stringify({ ...receipt, format: 3 }), /"format"/],
      [JSON.stringify({ ...receipt, units: [['x', 'y']] }), /"units"/],
      [JSON.stringify({ ...receipt, kept: [{ ...kept, until: 'soon' }] }), /"kept"/],
      [JSON.stringify({ ...receipt, signature: { ...receipt.signature, value: '' } }), /"signature"/],
    ];
    for (const [text, message] of broken) expect(() => readReceipt(text as string)).toThrow(message);
  });

  it('is verified against a key from elsewhere and the log alone', async () => {
    const headers = log(named(content.units), named([[id('9'), print('9')]]), { ...named([]), organisation: 'parene' });
    const verification = await verifyReceipt(receipt, { publicKey: key.publicKey, log: headers });
    expect(verification).toEqual({
      verdict: 'verified',
      organisation: 'mira',
      erasure: id('e'),
      format: 2,
      digest: receiptDigest(receipt),
      signature: { state: 'valid', against: 'given-key', key: key.id },
      log: { events: 2, naming: 2, units: { named: 2, of: 2 }, kept: { checked: 1, of: 1 } },
      unchecked: [],
    });
    expect((await verifyReceipt(receipt, {})).signature).toMatchObject({ state: 'valid', against: 'included-key' });
  });

  it('is refused by another key, and when it was altered or signed again by somebody else', async () => {
    const other = await FileSigningKey.open(join(folder, 'others'), 'receipts');
    const code = async (one: SignedReceipt, publicKey?: string) =>
      (await verifyReceipt(one, publicKey === undefined ? {} : { publicKey })).wrong?.code;
    expect(await code(receipt, other.publicKey)).toBe('signature-invalid');
    expect(await code({ ...receipt, kept: [] })).toBe('signature-invalid');
    const forged = await makeReceipt({ ...content, kept: [] }, other);
    expect(await code(forged, key.publicKey)).toBe('signature-invalid');
    expect(await code({ ...forged, signature: { ...forged.signature, key: key.id } })).toBe('signature-invalid');
  });

  it('is never verified by its own word: made up and signed by anybody, or held against no log', async () => {
    const anybody = await FileSigningKey.open(join(folder, 'anybody'), 'receipts');
    const madeUp = await makeReceipt({ ...content, kept: [] }, anybody);
    const verification = await verifyReceipt(madeUp, { log: log(named(content.units)) });
    expect(verification).toMatchObject({ verdict: 'partly', signature: { state: 'valid', against: 'included-key' } });
    expect(verification.unchecked).toEqual([expect.stringMatching(/^whose the signature is/)]);
    const unlogged = await verifyReceipt(receipt, { publicKey: key.publicKey });
    expect([unlogged.verdict, unlogged.unchecked]).toEqual(['partly', [expect.stringMatching(/^the log/)]]);
  });

  it('takes what a hostile log has in the place of units for no name of any', async () => {
    const hostile = { ...named([]), facts: { cause: 'erasure', units: [null, 'ab', 7, {}, [1, 2, 3]] } };
    const verification = await verifyReceipt(receipt, { log: log(hostile, named(content.units)) });
    expect(verification).toMatchObject({ log: { naming: 2, units: { named: 2, of: 2 } } });
    expect(verification.wrong).toBeUndefined();
  });

  it.each<[string, LoggedHeader[]]>([
    ['unit-not-named', [named([content.units[0]])]],
    ['fingerprint-differs', [named([content.units[0], [id('b'), print('0')]])]],
    ['unit-left-out', [named([...content.units, [id('9'), print('9')]])]],
    [
      'kept-ended-early',
      [named(content.units), named([[id('c'), print('c')]], { recordedAt: '2030-01-01T00:00:00Z' })],
    ],
    ['named-after-destruction', [named(content.units, { recordedAt: '2026-03-02T09:00:02Z' })]],
    ['log-of-another', [named(content.units, { organisation: 'parene' })]],
    ['log-of-another', []],
  ])('is refused with %s by a log that says otherwise', async (code, headers) => {
    const verification = await verifyReceipt(receipt, { log: log(...headers) });
    expect([verification.verdict, verification.wrong?.code]).toEqual(['refused', code]);
  });

  it('lets what was kept end on its date', async () => {
    const later = named([[id('c'), print('c')]], { recordedAt: '2036-12-31T23:00:00Z' });
    const against = { publicKey: key.publicKey, log: log(named(content.units), later) };
    expect((await verifyReceipt(receipt, against)).verdict).toBe('verified');
  });

  it('is verified by a log that was put back from a backup and recovered, which names again what it had lost', async () => {
    const gap = named([], { type: 'gap-recorded', recordedAt: '2026-03-05T09:00:00Z', facts: {} });
    const again = named([...content.units, [id('9'), print('9')]], { recordedAt: '2026-03-05T09:00:00Z' });
    const verification = await verifyReceipt(receipt, { publicKey: key.publicKey, log: log(gap, again) });
    expect(verification).toMatchObject({ verdict: 'verified', log: { recoveredAt: '2026-03-05T09:00:00Z' } });
    const against = { publicKey: key.publicKey, log: log(again, gap) };
    expect((await verifyReceipt(receipt, against)).verdict).toBe('refused');
  });

  it('lets what was kept end with its organisation, and says so', async () => {
    const facts = { cause: 'contract', groups: [], part: 1, parts: 1 };
    const ended = named([], { type: 'groups-ended', recordedAt: '2030-01-01T00:00:00Z', facts });
    const late = named([[id('c'), print('c')]], { recordedAt: '2030-01-01T00:00:01Z' });
    const verification = await verifyReceipt(receipt, {
      publicKey: key.publicKey,
      log: log(named(content.units), ended, late),
    });
    expect(verification).toMatchObject({
      verdict: 'verified',
      log: { organisationEndedAt: '2030-01-01T00:00:00Z' },
    });
  });

  it('says what could not be checked: no signature in the first format, units that are not named', async () => {
    const { type: _, signature: __, ...rest } = receipt;
    const { unit: ___, fingerprint: ____, ...unnamed } = kept;
    const first = readReceipt(JSON.stringify({ ...rest, format: 1, kept: [unnamed] }));
    const verification = await verifyReceipt(first, { log: log(named(content.units)) });
    expect(verification).toMatchObject({ verdict: 'partly', signature: { state: 'absent' } });
    expect(verification.unchecked).toHaveLength(2);
  });

  it('is a page in French and English that escapes everything and needs nothing else', () => {
    const hostile = '<script>alert("x")</script>&\'';
    const page = receiptPage(
      { ...receipt, kept: [{ ...kept, ground: hostile, category: hostile }] },
      { name: hostile, timeZone: 'Europe/Paris' },
    );
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;');
    expect(page).toContain('<section lang="fr">');
    expect(page).toContain('<section lang="en">');
    expect(page).toContain('2 mars 2026 à 10:00 (Europe/Paris)');
    expect(page).toContain('1 janvier 2037');
    expect(page).toContain(id('a'));
    expect(page).not.toMatch(/https?:|src=|href=|\son\w+=/);
    expect(receiptPagePolicy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; /);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSigningKey } from '@ardoise/signing';
import type { LoggedHeader } from '../receipt-checks';
import { readGroupReceipt } from './group-receipt-shape';
import { verifyGroupReceipt, type GroupReceipt } from './group-receipts';
import { signed, type DayReceipt, type OrganisationReceipt } from './signed-receipt';

const id = (digit: string): string => digit.repeat(32);
const print = (digit: string): string => digit.repeat(64);
const day = { category: 'technical', day: '2026-03-02' };
const group = (digit: string, more: object = day) => ({
  group: id(digit),
  fingerprint: print(digit),
  epoch: 1,
  ...more,
});
const times = { destroyedAt: '2027-03-03T09:00:01.500Z', completedAt: '2027-03-03T09:00:40.000Z' };
const ofDay: DayReceipt = {
  type: 'ardoise-day-receipt',
  format: 1,
  organisation: 'mira',
  ...day,
  groups: [{ ...group('a'), event: id('1') }],
  units: 3,
  ...times,
};
const ofOrganisation: OrganisationReceipt = {
  type: 'ardoise-organisation-receipt',
  format: 1,
  organisation: 'mira',
  groups: [
    { ...group('a'), event: id('1') },
    { ...group('b', {}), event: id('1') },
  ],
  export: { file: 'log.ndjson', bytes: 1, sha256: print('c'), position: '7', files: [] },
  closedAt: '2027-03-03T09:00:00.000Z',
  ...times,
};

const ended = (cause: string, groups: readonly object[], more: Partial<LoggedHeader> = {}): LoggedHeader => ({
  organisation: 'mira',
  type: 'groups-ended',
  recordedAt: '2027-03-03T09:00:01Z',
  facts: { cause, groups: groups as never, part: 1, parts: 1 },
  id: id('1'),
  ...more,
});

async function* log(...headers: LoggedHeader[]): AsyncGenerator<LoggedHeader> {
  yield* headers;
}

describe('the receipt of keys that ended for everybody', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-group-receipts-'));
  let key: FileSigningKey;
  let receipts: { day: GroupReceipt; organisation: GroupReceipt };

  beforeAll(async () => {
    key = await FileSigningKey.open(folder, 'receipts');
    receipts = { day: await signed(ofDay, key), organisation: await signed(ofOrganisation, key) };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is read as it was written, and refused with the member that does not fit', () => {
    for (const receipt of Object.values(receipts)) {
      expect(readGroupReceipt(JSON.stringify(receipt))).toEqual(receipt);
      expect(() => readGroupReceipt(JSON.stringify({ ...receipt, groups: [{}] }))).toThrow(/"groups"/);
      expect(() => readGroupReceipt(JSON.stringify({ ...receipt, format: 2 }))).toThrow(/"format"/);
      expect(() => readGroupReceipt(JSON.stringify({ ...receipt, signature: {} }))).toThrow(/"signature"/);
    }
    expect(readGroupReceipt('{"type":"ardoise-erasure-receipt"}')).toBeUndefined();
  });

  it('is verified by its signature, and by the groups that the log names', async () => {
    const other = ended('day', [group('e', { ...day, day: '2026-03-03' })], { id: id('2') });
    const verified = await verifyGroupReceipt(receipts.day, {
      publicKey: key.publicKey,
      log: log(ended('day', [group('a')]), other, ended('epoch', [group('d')], { id: id('3') })),
    });
    expect(verified).toMatchObject({
      verdict: 'verified',
      ...day,
      signature: { state: 'valid', against: 'given-key' },
      log: { events: 3, naming: 3, groups: { named: 1, of: 1 } },
    });
    const whole = log(ended('contract', [group('a'), group('b', {})]));
    const given = { publicKey: key.publicKey, log: whole };
    expect((await verifyGroupReceipt(receipts.organisation, given)).verdict).toBe('verified');
    // Nobody vouches for the key in the receipt itself.
    const again = log(ended('contract', [group('a'), group('b', {})]));
    expect((await verifyGroupReceipt(receipts.organisation, { log: again })).verdict).toBe('partly');
    const altered = { ...receipts.day, units: 4 } as GroupReceipt;
    expect((await verifyGroupReceipt(altered, {})).wrong?.code).toBe('signature-invalid');
  });

  it.each<[string, LoggedHeader[]]>([
    ['group-not-named', [ended('day', [], {})]],
    ['group-not-named', [ended('day', [group('a')], { id: id('2') })]],
    ['fingerprint-differs', [ended('day', [{ ...group('a'), fingerprint: print('0') }])]],
    ['group-left-out', [ended('day', [group('a'), group('f')])]],
    ['cause-differs', [ended('epoch', [group('a')])]],
    ['named-after-destruction', [ended('day', [group('a')], { recordedAt: '2027-03-03T09:00:02Z' })]],
    ['log-of-another', [ended('day', [group('a')], { organisation: 'parene' })]],
  ])('is refused with %s by a log that says otherwise', async (code, headers) => {
    const verification = await verifyGroupReceipt(receipts.day, { log: log(...headers) });
    expect([verification.verdict, verification.wrong?.code]).toEqual(['refused', code]);
  });
});

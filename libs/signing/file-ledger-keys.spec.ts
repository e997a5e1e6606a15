import { verify } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettableClock } from '@ardoise/time';
import { FileLedgerKeys, ledgerKeySteps } from './file-ledger-keys';
import { FileSigningKey } from './file-signing-key';
import { verifyStatements } from './key-statement';
import type { PublishedKey } from './ledger-keys';
import { pemOfRaw, rawPublicKey } from './raw-keys';
import { signingKeyId } from './signing';

const base = 'ledger.example/mira';
const day = 86_400_000;
const renewal = { base, overlapMilliseconds: 30 * day };
let folder: string;
let clock: SettableClock;
const open = (options: { create?: boolean } = {}): Promise<FileLedgerKeys> =>
  FileLedgerKeys.open({ folder, clock, ...options });
const files = async (): Promise<string[]> => (await readdir(folder)).sort();
const statementsOf = (keys: readonly PublishedKey[]): string[] =>
  keys.flatMap(({ statement }) => (statement === undefined ? [] : [statement]));

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'ardoise-ledger-keys-')), 'keys');
  clock = new SettableClock(new Date('2026-03-01T10:00:00.500Z'));
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

describe('the keys of a ledger', () => {
  it('begin with one, the same for all who start at once', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => open()));
    const ids = await Promise.all(all.map(async (keys) => (await keys.signing()).map(({ id }) => id)));
    expect(new Set(ids.flat()).size).toBe(1);
    expect(await files()).toEqual(['ledger-1.json', 'ledger.ed25519.pem']);
    for (const file of await files()) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    const [key] = await all[0]!.published();
    expect(key).toMatchObject({ id: ids[0]![0], since: '2026-03-01T10:00:00Z' });
    expect(key!.until).toBeUndefined();
    expect(signingKeyId(pemOfRaw(key!.publicKey))).toBe(key!.id);
  });

  it('take up a key that was there before they were on record', async () => {
    const { id } = await FileSigningKey.open(folder, 'ledger');
    expect((await (await open()).signing()).map((key) => key.id)).toEqual([id]);
  });

  it('are not made where none may be made', async () => {
    await expect(open({ create: false })).rejects.toMatchObject({ code: 'signing-key-missing' });
    await open();
    const keys = await open({ create: false });
    await rm(join(folder, 'ledger.ed25519.pem'));
    await expect(keys.signing()).rejects.toMatchObject({ code: 'signing-key-missing' });
    await expect(keys.renew(renewal)).rejects.toMatchObject({ code: 'signing-key-missing' });
    expect(await files()).toEqual(['ledger-1.json']);
  });

  it('sign both until the overlap ends, and then the old private key is gone', async () => {
    const keys = await open();
    const elsewhere = await open();
    const [old] = await elsewhere.signing();
    clock.advance(day);
    const published = await keys.renew(renewal);
    const [first, second] = published;
    expect(first).toMatchObject({ id: old!.id, until: '2026-04-01T10:00:00Z' });
    expect(second).toMatchObject({ since: '2026-03-02T10:00:00Z' });
    expect((await elsewhere.signing()).map(({ id }) => id)).toEqual([second!.id, first!.id]);
    const text = Buffer.from('a checkpoint');
    for (const key of await elsewhere.signing()) {
      expect(verify(null, text, key.publicKey, await key.sign(text))).toBe(true);
    }
    clock.set(new Date('2026-04-01T09:59:59Z'));
    expect(await elsewhere.signing()).toHaveLength(2);
    clock.set(new Date('2026-04-01T10:00:00Z'));
    expect((await elsewhere.signing()).map(({ id }) => id)).toEqual([second!.id]);
    expect(await files()).toEqual(['ledger-1.json', 'ledger-2.json', `ledger-2-${second!.id}.ed25519.pem`].sort());
    expect(await keys.published()).toEqual(published);
    expect(await (await open()).signing()).toHaveLength(1);
  });

  it('lead from any one of them to all others', async () => {
    const keys = await open();
    for (let at = 0; at < 3; at++) {
      clock.advance(day);
      await keys.renew(renewal);
    }
    const published = await keys.published();
    expect(await keys.signing()).toHaveLength(4);
    for (const { publicKey } of published) {
      const stated = verifyStatements(base, publicKey, statementsOf(published));
      expect(stated.map((key) => key.publicKey)).toEqual(published.map((key) => key.publicKey));
      expect(stated.slice(1).map(({ since }) => since)).toEqual(published.slice(1).map(({ since }) => since));
    }
  });

  it('stay in one chain when the setting of the origin is changed', async () => {
    const keys = await open();
    await keys.renew(renewal);
    const published = await keys.renew({ ...renewal, base: 'ledger.example/other' });
    expect(verifyStatements(base, published[0]!.publicKey, statementsOf(published))).toHaveLength(3);
  });

  it('are renewed once by each of several who do it at once, in one chain, or not at all', async () => {
    await open();
    await Promise.all(Array.from({ length: 5 }, async () => (await open()).renew(renewal)));
    const keys = await open();
    const published = await keys.published();
    expect(published.length).toBeGreaterThanOrEqual(2);
    expect(verifyStatements(base, published[0]!.publicKey, statementsOf(published))).toHaveLength(published.length);
    expect((await keys.signing()).map(({ id }) => id)).toEqual(published.map(({ id }) => id).reverse());
    expect(await files()).toHaveLength(2 * published.length);
  });

  it.each([...ledgerKeySteps])('stand as one new key after a crash at %s, once it is run again', async (step) => {
    const crash = { done: (done: string) => (done === step ? Promise.reject(new Error('crash')) : undefined) };
    await open();
    const crashing = await FileLedgerKeys.open({ folder, clock, steps: crash });
    // Destroying comes when the overlap is over at once.
    await expect(crashing.renew({ base, overlapMilliseconds: 0 })).rejects.toThrow('crash');
    const keys = await open();
    if ((await keys.published()).length === 1) await keys.renew({ base, overlapMilliseconds: 0 });
    const published = await keys.published();
    expect(published).toHaveLength(2);
    expect((await keys.signing()).map(({ id }) => id)).toEqual([published[1]!.id]);
    expect(await files()).toEqual(
      ['ledger-1.json', 'ledger-2.json', `ledger-2-${published[1]!.id}.ed25519.pem`].sort(),
    );
    expect(verifyStatements(base, published[0]!.publicKey, statementsOf(published))).toHaveLength(2);
  });

  it('go on from a destruction that was cut short', async () => {
    const keys = await open();
    const [, second] = await keys.renew({ base, overlapMilliseconds: 0 });
    await writeFile(join(folder, 'ledger.ed25519.pem'), `${'x'.repeat(128)}\n`, { mode: 0o600 });
    expect((await (await open()).signing()).map(({ id }) => id)).toEqual([second!.id]);
  });

  it('are replaced without a statement when the one in use is lost', async () => {
    const keys = await open();
    await rm(join(folder, 'ledger.ed25519.pem'));
    const [first, second] = await keys.renew({ ...renewal, lost: true });
    expect(first!.until).toBe(second!.since);
    expect(second!.statement).toBeUndefined();
    expect((await keys.signing()).map(({ id }) => id)).toEqual([second!.id]);
  });

  it('are none the older for a clock that was put back', async () => {
    const keys = await open();
    clock.advance(-day);
    const [first, second] = await keys.renew(renewal);
    expect(second!.since).toBe(first!.since);
  });

  it('are refused when others may touch them, or when a record is not as it was written', async () => {
    const keys = await open();
    await keys.renew(renewal);
    const record = join(folder, 'ledger-2.json');
    const text = await readFile(record, 'utf8');
    await chmod(record, 0o644);
    await expect(keys.published()).rejects.toThrow(/open to group or others/);
    const other = rawPublicKey((await FileSigningKey.open(folder, 'other')).publicKey).toString('base64');
    const changed = { ...(JSON.parse(text) as object), publicKey: other };
    for (const wrong of ['', '{}', 'null', JSON.stringify(changed), text.replace('formerUntil', 'until')]) {
      await rm(record, { force: true });
      await writeFile(record, wrong, { mode: 0o600 });
      await expect(keys.published()).rejects.toMatchObject({ code: 'signing-key-refused' });
    }
    await rm(join(folder, 'ledger-1.json'));
    await expect(keys.published()).rejects.toMatchObject({ code: 'signing-key-refused' });
  });

  it('are not destroyed for being another than the one on record', async () => {
    const keys = await open();
    await rm(join(folder, 'ledger.ed25519.pem'));
    const { id } = await FileSigningKey.open(folder, 'ledger');
    await expect(keys.signing()).rejects.toMatchObject({ code: 'signing-key-missing' });
    expect((await FileSigningKey.open(folder, 'ledger', { create: false })).id).toBe(id);
  });
});

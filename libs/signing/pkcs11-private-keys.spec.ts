import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettableClock } from '@ardoise/time';
import { beside, createToken, installed, softHsm } from '../testing/soft-hsm';
import { FileLedgerKeys } from './file-ledger-keys';
import { FilePrivateKeys } from './file-private-keys';
import { verifyStatements } from './key-statement';
import { MovedPrivateKeys } from './private-keys';
import { Pkcs11PrivateKeys, type Pkcs11PrivateKeysOptions } from './pkcs11-private-keys';
import { verify } from './signing';

// SoftHSM2 is needed here: apt-get install softhsm2 (Debian), brew install softhsm (macOS).
const isRequired = process.env.ARDOISE_REQUIRE_SOFTHSM === '1';
const described = softHsm === undefined && !isRequired ? describe.skip : describe;
const words = Buffer.from('words');
const base = 'ledger.example/mira';

function options(): Pkcs11PrivateKeysOptions {
  if (softHsm === undefined) throw new Error('SoftHSM2 is not installed: apt-get install softhsm2');
  return { ...createToken(softHsm), key: 'ardoise' };
}

described('signing keys in a PKCS#11 token', () => {
  it('sign what their public part verifies, and nothing else', async () => {
    const key = await new Pkcs11PrivateKeys(options()).make(1);
    const signature = await key.sign(words);
    expect(verify(key.publicKey, words, signature)).toBe(true);
    expect(verify(key.publicKey, Buffer.from('other'), signature)).toBe(false);
    const long = Buffer.alloc(100_000, 'x');
    expect(verify(key.publicKey, long, await key.sign(long))).toBe(true);
  });

  it('are found again by another process, with their numbers', async () => {
    const place = options();
    const first = await new Pkcs11PrivateKeys(place).make(1);
    const second = await new Pkcs11PrivateKeys(place).make(2);
    await new Pkcs11PrivateKeys({ ...place, key: 'other' }).make(7);
    const found = await new Pkcs11PrivateKeys(place).list();
    expect(found.map(({ number, key }) => [number, key.id]).sort()).toEqual([
      [1, first.id],
      [2, second.id],
    ]);
    for (const { key } of found) expect(verify(key.publicKey, words, await key.sign(words))).toBe(true);
  });

  it('cannot be taken out of it', async () => {
    const place = options();
    await new Pkcs11PrivateKeys(place).make(1);
    const library = installed();
    const module = beside();
    const session = module.C_OpenSession(slotOf(place.token), library.CKF_SERIAL_SESSION | library.CKF_RW_SESSION);
    module.C_FindObjectsInit(session, [{ type: library.CKA_CLASS, value: library.CKO_PRIVATE_KEY }]);
    const [key] = module.C_FindObjects(session, 10);
    module.C_FindObjectsFinal(session);
    expect(() => module.C_GetAttributeValue(session, key!, [{ type: library.CKA_VALUE }])).toThrow(
      'CKR_ATTRIBUTE_SENSITIVE',
    );
    expect(() => module.C_SetAttributeValue(session, key!, [{ type: library.CKA_EXTRACTABLE, value: true }])).toThrow(
      /CKR_/,
    );
    module.C_CloseSession(session);
  });

  it('are used on a new session when the old one was lost', async () => {
    const place = options();
    const key = await new Pkcs11PrivateKeys(place).make(1);
    beside().C_CloseAllSessions(slotOf(place.token));
    expect(verify(key.publicKey, words, await key.sign(words))).toBe(true);
  });

  it('are destroyed for good, both parts', async () => {
    const place = options();
    const keys = new Pkcs11PrivateKeys(place);
    const key = await keys.make(1);
    const other = await keys.make(1);
    await keys.destroy({ number: 1, key });
    await keys.destroy({ number: 1, key });
    expect((await keys.list()).map((one) => one.key.id)).toEqual([other.id]);
    await expect(key.sign(words)).rejects.toMatchObject({ code: 'signing-key-failed' });
  });

  it('are refused with a clear word, without the pin', async () => {
    const place = options();
    const wrong = new Pkcs11PrivateKeys({ ...place, pin: 'wrong-pin-2' });
    const error: unknown = await wrong.list().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'signing-key-failed', message: expect.stringContaining('CKR_PIN_INCORRECT') });
    expect((error as Error).message).not.toContain('wrong-pin-2');
    await expect(new Pkcs11PrivateKeys({ ...place, token: 'none' }).list()).rejects.toThrow(/no PKCS#11 token/);
  });
});

described('a ledger with its keys in a PKCS#11 token', () => {
  let folder: string;
  const clock = new SettableClock(new Date('2026-03-01T10:00:00Z'));
  beforeEach(async () => (folder = join(await mkdtemp(join(tmpdir(), 'ardoise-ledger-token-')), 'keys')));
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  it('has one first key for all who start at once, and renews it with a statement', async () => {
    const place = options();
    const open = (): Promise<FileLedgerKeys> =>
      FileLedgerKeys.open({ folder, clock, privateKeys: new Pkcs11PrivateKeys(place) });
    const all = await Promise.all(Array.from({ length: 3 }, open));
    const ids = await Promise.all(all.map(async (keys) => (await keys.signing()).map(({ id }) => id)));
    expect(new Set(ids.flat()).size).toBe(1);
    expect(await new Pkcs11PrivateKeys(place).list()).toHaveLength(1);
    const [first, second] = await (await open()).renew({ base, overlapMilliseconds: 0 });
    expect(verifyStatements(base, first!.publicKey, [second!.statement!])).toHaveLength(2);
    expect((await all[0]!.signing()).map(({ id }) => id)).toEqual([second!.id]);
    expect((await new Pkcs11PrivateKeys(place).list()).map(({ key }) => key.id)).toEqual([second!.id]);
    expect((await readdir(folder)).sort()).toEqual(['ledger-1.json', 'ledger-2.json']);
  });

  it('goes over from a file by a renewal', async () => {
    const place = options();
    const [old] = await (await FileLedgerKeys.open({ folder, clock })).signing();
    const privateKeys = new MovedPrivateKeys(new Pkcs11PrivateKeys(place), new FilePrivateKeys(folder));
    const keys = await FileLedgerKeys.open({ folder, clock, privateKeys });
    expect((await keys.signing()).map(({ id }) => id)).toEqual([old!.id]);
    const [first, second] = await keys.renew({ base, overlapMilliseconds: 60_000 });
    expect(verifyStatements(base, first!.publicKey, [second!.statement!])).toHaveLength(2);
    expect((await keys.signing()).map(({ id }) => id)).toEqual([second!.id, old!.id]);
    clock.advance(60_000);
    expect((await keys.signing()).map(({ id }) => id)).toEqual([second!.id]);
    expect((await readdir(folder)).sort()).toEqual(['ledger-1.json', 'ledger-2.json']);
  });
});

function slotOf(token: string): Buffer {
  const slot = beside()
    .C_GetSlotList(true)
    .find((one) => beside().C_GetTokenInfo(one).label.trim() === token);
  if (slot === undefined) throw new Error('no such token');
  return slot;
}

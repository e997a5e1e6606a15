import type { PKCS11 } from 'pkcs11js';
import { beside, createToken, installed, softHsm } from '../../testing/soft-hsm';
import { keyEncryptionContract } from './contract';
import { exclusivelyHere } from './exclusive';
import { Pkcs11KeyEncryption, type Pkcs11Options } from './pkcs11';

// SoftHSM2 is needed here: apt-get install softhsm2 (Debian), brew install softhsm (macOS).
const isRequired = process.env.ARDOISE_REQUIRE_SOFTHSM === '1';
const described = softHsm === undefined && !isRequired ? describe.skip : describe;
const context = Buffer.from('context');
const key = Buffer.alloc(32, 7);

function options(): Pkcs11Options {
  if (softHsm === undefined) throw new Error('SoftHSM2 is not installed: apt-get install softhsm2');
  return { ...createToken(softHsm), key: 'ardoise', exclusively: exclusivelyHere() };
}

described('key-encryption keys in a PKCS#11 token', () => {
  keyEncryptionContract(async () => {
    const place = options();
    return {
      open: (create = true) => Pkcs11KeyEncryption.open(place, { create }),
      secrets: () => [place.pin],
      close: async () => undefined,
    };
  });

  it('cannot be taken out of it', async () => {
    const place = options();
    const kek = await Pkcs11KeyEncryption.open(place);
    const library = installed();
    expect(await kek.current()).toMatch(/^pkcs11-1-[0-9a-f]{16}$/);
    inToken(place, (module, session, handle) => {
      expect(() => module.C_GetAttributeValue(session, handle, [{ type: library.CKA_VALUE }])).toThrow(
        'CKR_ATTRIBUTE_SENSITIVE',
      );
      expect(() =>
        module.C_SetAttributeValue(session, handle, [{ type: library.CKA_EXTRACTABLE, value: true }]),
      ).toThrow(/CKR_/);
      const [label] = module.C_GetAttributeValue(session, handle, [{ type: library.CKA_LABEL }]);
      expect(String(label?.value)).toBe('ardoise-1');
    });
  });

  it('are used on a new session when the old one was lost', async () => {
    const place = options();
    const kek = await Pkcs11KeyEncryption.open(place);
    const { kek: id, wrapped } = await kek.wrap(key, context);
    beside().C_CloseAllSessions(slotOf(place.token));
    expect(await kek.unwrap(id, wrapped, context)).toEqual(key);
    beside().C_CloseAllSessions(slotOf(place.token));
    expect((await kek.wrap(key, context)).kek).toBe(id);
  });

  it('are not asked for with a pin that was refused: the token would lock itself', async () => {
    const place = options();
    const wrong = { ...place, pin: 'wrong-pin-2' };
    const error: unknown = await Pkcs11KeyEncryption.open(wrong).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'key-encryption-failed',
      message: expect.stringContaining('CKR_PIN_INCORRECT'),
    });
    expect((error as Error).message).not.toContain('wrong-pin-2');
    expect(await (await Pkcs11KeyEncryption.open(place)).current()).toMatch(/^pkcs11-1-/);
  });

  it.each([
    [{ token: 'no-such-token' }, /no PKCS#11 token with the label no-such-token/],
    [{ module: '/nowhere/lib.so' }, /the PKCS#11 module \/nowhere\/lib.so cannot be loaded/],
  ])('are refused with a clear word for %j', async (wrong, message) => {
    await expect(Pkcs11KeyEncryption.open({ ...options(), ...wrong })).rejects.toThrow(message);
  });

  it('lie beside keys of others in the same token', async () => {
    const place = options();
    const ours = await Pkcs11KeyEncryption.open(place);
    const theirs = await Pkcs11KeyEncryption.open({ ...place, key: 'other' });
    await theirs.rotate(await theirs.current());
    expect(await ours.keys()).toHaveLength(1);
    expect(await theirs.keys()).toHaveLength(2);
  });
});

function slotOf(token: string): Buffer {
  const slot = beside()
    .C_GetSlotList(true)
    .find((one) => beside().C_GetTokenInfo(one).label.trim() === token);
  if (slot === undefined) throw new Error('no such token');
  return slot;
}

function inToken({ token }: Pkcs11Options, look: (module: PKCS11, session: Buffer, key: Buffer) => void): void {
  const library = installed();
  const module = beside();
  const session = module.C_OpenSession(slotOf(token), library.CKF_SERIAL_SESSION | library.CKF_RW_SESSION);
  module.C_FindObjectsInit(session, [{ type: library.CKA_CLASS, value: library.CKO_SECRET_KEY }]);
  const [found] = module.C_FindObjects(session, 10);
  module.C_FindObjectsFinal(session);
  if (found === undefined) throw new Error('no key in the token');
  look(module, session, found);
  module.C_CloseSession(session);
}

import { fingerprintOf, randomBytes } from '@ardoise/format';
import { VaultError } from './vault';
import { checkFingerprint, unitKeyContext, unwrapKey, wrapKey } from './wrapping';

const under = randomBytes(32);
const key = randomBytes(32);
const context = unitKeyContext('mira', 'a'.repeat(32), 'b'.repeat(32));

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof VaultError ? error.code : 'other';
  }
  return 'none';
}

describe('a wrapped key', () => {
  it('opens under its key, in its place', () => {
    expect(unwrapKey(under, wrapKey(under, key, context), context, 'it')).toEqual(key);
  });

  it('is tampered with when any one bit differs', () => {
    const wrapped = wrapKey(under, key, context);
    for (let bit = 0; bit < wrapped.length * 8; bit++) {
      const altered = Buffer.from(wrapped);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(codeOf(() => unwrapKey(under, altered, context, 'it'))).toBe('key-tampered');
    }
  });

  it.each([
    ['another organisation', unitKeyContext('minairva', 'a'.repeat(32), 'b'.repeat(32))],
    ['another group', unitKeyContext('mira', 'c'.repeat(32), 'b'.repeat(32))],
    ['another unit', unitKeyContext('mira', 'a'.repeat(32), 'c'.repeat(32))],
  ])('is tampered with in the row of %s', (_, elsewhere) => {
    expect(codeOf(() => unwrapKey(under, wrapKey(under, key, context), elsewhere, 'it'))).toBe('key-tampered');
  });

  it('is tampered with when cut off, or under another key', () => {
    const wrapped = wrapKey(under, key, context);
    expect(codeOf(() => unwrapKey(under, wrapped.subarray(0, 20), context, 'it'))).toBe('key-tampered');
    expect(codeOf(() => unwrapKey(key, wrapped, context, 'it'))).toBe('key-tampered');
  });

  it('must match its fingerprint', () => {
    const fingerprint = fingerprintOf(key, 'unit');
    expect(codeOf(() => checkFingerprint(key, 'unit', fingerprint, 'it'))).toBe('none');
    expect(codeOf(() => checkFingerprint(key, 'other', fingerprint, 'it'))).toBe('key-tampered');
    expect(codeOf(() => checkFingerprint(under, 'unit', fingerprint, 'it'))).toBe('key-tampered');
  });
});

import { decrypt, encrypt, fingerprintOf, FormatError, lengthPrefixed } from '@ardoise/format';
import { VaultError } from './vault';

/** What a wrapped unit key is bound to: moved to another row, group or organisation it does not open. */
export function unitKeyContext(organisation: string, group: string, unit: string): Buffer {
  return lengthPrefixed(['ardoise/unit-key/1', organisation, group, unit]);
}

/** What a group key wrapped by the key-encryption key is bound to. */
export function groupKeyContext(organisation: string, group: string): Buffer {
  return lengthPrefixed(['ardoise/group-key/1', organisation, group]);
}

/** What an organisation's naming or look-up key is bound to. */
export function secretContext(organisation: string, purpose: string): Buffer {
  return lengthPrefixed(['ardoise/secret/1', organisation, purpose]);
}

/** Wraps a key under another: AES-256-GCM, 60 bytes. */
export function wrapKey(under: Buffer, key: Buffer, context: Buffer): Buffer {
  return encrypt(under, key, context);
}

/**
 * Unwraps a key. `what` names it in the error.
 * @throws VaultError `key-tampered` when it does not authenticate; such a key is never taken for a destroyed one.
 */
export function unwrapKey(under: Buffer, wrapped: Buffer, context: Buffer, what: string): Buffer {
  try {
    return decrypt(under, wrapped, context);
  } catch (error) {
    if (error instanceof FormatError) throw tampered(what, 'does not open: it was altered or moved');
    throw error;
  }
}

/**
 * Checks a loaded key against the fingerprint that its row has kept since it was made.
 * @throws VaultError `key-tampered`
 */
export function checkFingerprint(key: Buffer, id: string, fingerprint: string, what: string): void {
  if (fingerprintOf(key, id) !== fingerprint) throw tampered(what, 'is not the one that its fingerprint stands for');
}

export function tampered(what: string, how: string): VaultError {
  return new VaultError('key-tampered', `the key of ${what} ${how}`);
}

/** The bytes of a key that was destroyed are there again, by whatever way. */
export function returned(what: string): VaultError {
  return new VaultError('key-returned', `the key of ${what} is on record as destroyed, and is there again`);
}

/** A key is gone, and nothing says what ended it: that must not read as erased. */
export function gone(what: string): VaultError {
  return new VaultError('key-gone', `the key of ${what} is gone, and no record says what ended it`);
}

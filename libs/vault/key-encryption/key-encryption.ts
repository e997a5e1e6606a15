import { VaultError } from '../vault';

/** What a key-encryption key made of a group's key. */
export interface WrappedKey {
  /** Names the key-encryption key that wrapped it. */
  readonly kek: string;
  readonly wrapped: Buffer;
}

/** What wraps group keys: a file, a hardware module, a key service. The keys themselves never leave it. */
export interface KeyEncryption {
  /** Id of the key that wraps now; another key has another id, for good. Asked afresh: another process may have rotated. */
  current(): Promise<string>;
  /** @throws VaultError `key-encryption-failed` when the key cannot be used now. */
  wrap(key: Buffer, context: Buffer): Promise<WrappedKey>;
  /**
   * @throws VaultError `key-tampered` when the bytes do not authenticate, else `key-encryption-failed`, also when there
   * is no such key any more.
   */
  unwrap(kek: string, wrapped: Buffer, context: Buffer): Promise<Buffer>;
  /**
   * Makes the successor of `after` and uses it from now on; where another process has made it already, gives that.
   * What was wrapped before still opens.
   */
  rotate(after: string): Promise<string>;
  /**
   * Destroys a key that is not in use, for good; nothing happens when it is not there any more.
   * @throws VaultError `key-encryption-failed` for the one in use.
   */
  destroy(kek: string): Promise<void>;
  /** Ids of the keys that are there, oldest first. */
  keys(): Promise<string[]>;
}

export interface KeyEncryptionOpening {
  /** Whether a first key may be made where there is none; not where a vault holds what a lost one wrapped. */
  readonly create?: boolean;
}

export function failed(why: string): VaultError {
  return new VaultError('key-encryption-failed', why);
}

export function noLonger(kek: string): VaultError {
  return failed(`there is no key-encryption key ${kek}, or it is there no more`);
}

export function inUse(kek: string): VaultError {
  return failed(`the key-encryption key ${kek} is in use and cannot be destroyed; rotate first`);
}

export function altered(kek: string): VaultError {
  return new VaultError('key-tampered', `a key wrapped under ${kek} does not open: it was altered or moved`);
}

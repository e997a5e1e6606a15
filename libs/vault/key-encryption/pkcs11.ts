import { randomBytes } from 'node:crypto';
import { codeOf, Pkcs11Token, type Pkcs11TokenOptions, refusal, type Session } from '@ardoise/pkcs11';
import { VaultError } from '../vault';
import type { Exclusively } from './exclusive';
import {
  altered,
  failed,
  inUse,
  type KeyEncryption,
  type KeyEncryptionOpening,
  noLonger,
  type WrappedKey,
} from './key-encryption';

export interface Pkcs11Options extends Pkcs11TokenOptions {
  /** The keys' label is this, a hyphen and their epoch. */
  readonly key: string;
  /** A token refuses no second key of the same label: making one is left to one process at a time. */
  readonly exclusively: Exclusively;
}

interface TokenKey {
  readonly id: string;
  readonly epoch: number;
  readonly handle: Buffer;
}

const nonceLength = 12;
const tagBits = 128;
const tagLength = tagBits / 8;
/** CKA_ID: the epoch in four bytes, then eight random ones that tell a key from any other of that epoch. */
const idLength = 12;
const mostKeys = 10_000;

/**
 * AES-256 keys that were made in a token and cannot leave it (PKCS#11 2.40; CKA_SENSITIVE, not CKA_EXTRACTABLE).
 * AES-GCM with a random 96-bit nonce, which stands before the ciphertext and its 128-bit tag.
 */
export class Pkcs11KeyEncryption implements KeyEncryption {
  private readonly token: Pkcs11Token;

  private constructor(private readonly options: Pkcs11Options) {
    this.token = new Pkcs11Token(options, failed);
  }

  /** @throws VaultError `key-encryption-failed`, also when there is no key and none may be made. */
  static async open(
    options: Pkcs11Options,
    { create = true }: KeyEncryptionOpening = {},
  ): Promise<Pkcs11KeyEncryption> {
    const provider = new Pkcs11KeyEncryption(options);
    if (provider.list().length > 0) return provider;
    if (!create) {
      throw failed(
        `there is no key ${options.key}-… in the PKCS#11 token ${options.token}, and the vault holds keys that were ` +
          `wrapped under one; connect the token that holds it`,
      );
    }
    await options.exclusively(async () => {
      if (provider.list().length === 0) provider.make(1);
    });
    return provider;
  }

  async current(): Promise<string> {
    return this.latest().id;
  }

  async wrap(key: Buffer, context: Buffer): Promise<WrappedKey> {
    const { id, wrapped } = this.using('to wrap a key', (session) => {
      const latest = this.latest();
      return { id: latest.id, wrapped: encrypt(session, latest.handle, key, context) };
    });
    return { kek: id, wrapped };
  }

  async unwrap(kek: string, wrapped: Buffer, context: Buffer): Promise<Buffer> {
    return this.using('to unwrap a key', (session) => {
      const found = this.find(kek);
      if (found === undefined) throw noLonger(kek);
      if (wrapped.length < nonceLength + tagLength) throw altered(kek);
      try {
        return decrypt(session, found.handle, wrapped, context);
      } catch (error) {
        if (saysAltered(session, error) || (isVague(session, error) && works(session, found.handle)))
          throw altered(kek);
        throw error;
      }
    });
  }

  async rotate(after: string): Promise<string> {
    return this.options.exclusively(async () => {
      const current = this.latest();
      if (current.id === after) {
        this.make(current.epoch + 1);
        return this.latest().id;
      }
      const epoch = epochOf(after);
      if (epoch === undefined || epoch >= current.epoch) throw noLonger(after);
      return current.id;
    });
  }

  async destroy(kek: string): Promise<void> {
    this.using('to destroy a key', ({ library, module, handle }) => {
      if (this.latest().id === kek) throw inUse(kek);
      const found = this.find(kek);
      if (found === undefined) return;
      try {
        module.C_DestroyObject(handle, found.handle);
      } catch (error) {
        // Another process was first.
        if (codeOf(error) !== library.CKR_OBJECT_HANDLE_INVALID) throw error;
      }
    });
  }

  async keys(): Promise<string[]> {
    return this.list().map(({ id }) => id);
  }

  /** Ends the session; the next use opens another. */
  close(): void {
    this.token.close();
  }

  private latest(): TokenKey {
    const key = this.list().at(-1);
    if (key !== undefined) return key;
    throw failed(`there is no key ${this.options.key}-… in the PKCS#11 token ${this.options.token} any more`);
  }

  private find(kek: string): TokenKey | undefined {
    return epochOf(kek) === undefined ? undefined : this.list().find(({ id }) => id === kek);
  }

  /** Oldest first. Asked of the token each time: another process may have made or destroyed one. */
  private list(): TokenKey[] {
    return this.using('to list its keys', (session) => {
      const { library, module, handle } = session;
      module.C_FindObjectsInit(handle, [
        { type: library.CKA_CLASS, value: library.CKO_SECRET_KEY },
        { type: library.CKA_KEY_TYPE, value: library.CKK_AES },
      ]);
      let found: Buffer[];
      try {
        found = module.C_FindObjects(handle, mostKeys);
      } finally {
        module.C_FindObjectsFinal(handle);
      }
      return found
        .map((key) => this.named(session, key))
        .filter((key) => key !== undefined)
        .sort((a, b) => a.epoch - b.epoch || (a.id < b.id ? -1 : 1));
    });
  }

  /** A key of ours, by its label and its id; `undefined` for anything else that is in the token. */
  private named({ library, module, handle }: Session, key: Buffer): TokenKey | undefined {
    const [label, id] = module
      .C_GetAttributeValue(handle, key, [{ type: library.CKA_LABEL }, { type: library.CKA_ID }])
      .map(({ value }) => value);
    if (label === undefined || id?.length !== idLength) return undefined;
    const epoch = id.readUInt32BE(0);
    if (label.toString('utf8') !== `${this.options.key}-${epoch}`) return undefined;
    return { id: `pkcs11-${epoch}-${id.toString('hex', 4)}`, epoch, handle: key };
  }

  private make(epoch: number): void {
    this.using('to make a key', ({ library, module, handle }) => {
      const id = Buffer.concat([Buffer.alloc(4), randomBytes(idLength - 4)]);
      id.writeUInt32BE(epoch, 0);
      module.C_GenerateKey(handle, { mechanism: library.CKM_AES_KEY_GEN }, [
        { type: library.CKA_CLASS, value: library.CKO_SECRET_KEY },
        { type: library.CKA_KEY_TYPE, value: library.CKK_AES },
        { type: library.CKA_VALUE_LEN, value: 32 },
        { type: library.CKA_TOKEN, value: true },
        { type: library.CKA_PRIVATE, value: true },
        { type: library.CKA_SENSITIVE, value: true },
        { type: library.CKA_EXTRACTABLE, value: false },
        { type: library.CKA_MODIFIABLE, value: false },
        { type: library.CKA_ENCRYPT, value: true },
        { type: library.CKA_DECRYPT, value: true },
        { type: library.CKA_LABEL, value: `${this.options.key}-${epoch}` },
        { type: library.CKA_ID, value: id },
      ]);
    });
  }

  private using<Result>(what: string, action: (session: Session) => Result): Result {
    try {
      return this.token.run(action);
    } catch (error) {
      if (error instanceof VaultError) throw error;
      throw failed(refusal(error, what));
    }
  }
}

function gcm({ library }: Session, iv: Buffer, aad: Buffer) {
  const parameter = { type: library.CK_PARAMS_AES_GCM, iv, aad, ivBits: nonceLength * 8, tagBits };
  return { mechanism: library.CKM_AES_GCM, parameter };
}

function encrypt(session: Session, key: Buffer, clear: Buffer, context: Buffer): Buffer {
  const { module, handle } = session;
  const nonce = randomBytes(nonceLength);
  module.C_EncryptInit(handle, gcm(session, nonce, context), key);
  return Buffer.concat([nonce, module.C_Encrypt(handle, clear, Buffer.alloc(clear.length + tagLength))]);
}

function decrypt(session: Session, key: Buffer, wrapped: Buffer, context: Buffer): Buffer {
  const { module, handle } = session;
  module.C_DecryptInit(handle, gcm(session, wrapped.subarray(0, nonceLength), context), key);
  return module.C_Decrypt(handle, wrapped.subarray(nonceLength), Buffer.alloc(wrapped.length));
}

/** CKR_AEAD_DECRYPT_FAILED is PKCS#11 3.0's. */
const aeadDecryptFailed = 0x42;

function saysAltered({ library }: Session, error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === library.CKR_ENCRYPTED_DATA_INVALID ||
    code === library.CKR_ENCRYPTED_DATA_LEN_RANGE ||
    code === aeadDecryptFailed
  );
}

/** SoftHSM says no more of a tag that differs. */
function isVague({ library }: Session, error: unknown): boolean {
  return codeOf(error) === library.CKR_GENERAL_ERROR || codeOf(error) === library.CKR_FUNCTION_FAILED;
}

/** Whether the key opens what it wraps now. Then it was not the token that failed, it was the bytes. */
function works(session: Session, key: Buffer): boolean {
  const probe = randomBytes(32);
  const context = Buffer.from('probe');
  try {
    return decrypt(session, key, encrypt(session, key, probe, context), context).equals(probe);
  } catch {
    return false;
  }
}

function epochOf(kek: string): number | undefined {
  const epoch = /^pkcs11-([1-9]\d{0,8})-[0-9a-f]{16}$/.exec(kek)?.[1];
  return epoch === undefined ? undefined : Number(epoch);
}

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isPrivateFolder, linkWhole, overwriteAndRemove, readPrivateFile } from '@ardoise/private-files';
import { idOf, SigningError, type SigningKey } from './signing';

/** What a key is overwritten with. It is no key: a destruction that was cut short is told from a key, and goes on. */
const overwritten = `${'x'.repeat(128)}\n`;
/** Also by who reads it while another is overwriting it. */
const isOverwritten = (text: string): boolean => text.startsWith('xxxx');

/** An Ed25519 key (PKCS #8 in PEM) in a file that only its owner can read, in a folder that only its owner can enter. */
export class FileSigningKey implements SigningKey {
  readonly id: string;
  readonly publicKey: string;

  private constructor(private readonly key: KeyObject) {
    const publicKey = createPublicKey(key);
    this.id = idOf(publicKey);
    this.publicKey = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  }

  /**
   * Opens `<name>.ed25519.pem` in the folder; makes folder and key when there are none, and `create` is not false.
   * @throws SigningError `signing-key-missing`; `signing-key-refused` when it is no such key, or when somebody else
   * could read or replace it.
   */
  static async open(folder: string, name: string, { create = true } = {}): Promise<FileSigningKey> {
    const path = keyFile(folder, name);
    if (create) await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await isPrivateFolder(folder, refused))) {
      throw new SigningError('signing-key-missing', `there is no folder ${folder}; put it back`);
    }
    const there = await readPrivateFile(path, refused);
    if (there !== undefined && !isOverwritten(there)) return new FileSigningKey(privateKeyOf(path, there));
    if (!create) throw new SigningError('signing-key-missing', `there is no signing key at ${path}; put it back`);
    // Of several makers one key stands, and all read that one.
    await linkWhole(path, pemOf(generateKeyPairSync('ed25519').privateKey));
    const made = await readPrivateFile(path, refused);
    if (made === undefined) throw refused(path, 'was there and is gone');
    return new FileSigningKey(privateKeyOf(path, made));
  }

  /** Makes a further key, in a file of its own that is named by the prefix, a hyphen and the key's id. */
  static async make(folder: string, prefix: string): Promise<FileSigningKey> {
    const { privateKey } = generateKeyPairSync('ed25519');
    const key = new FileSigningKey(privateKey);
    await linkWhole(keyFile(folder, `${prefix}-${key.id}`), pemOf(privateKey));
    return key;
  }

  /** Destroys the named key when it is the one with this id, or goes on with a destruction that was cut short. */
  static async destroy(folder: string, name: string, id: string): Promise<void> {
    const path = keyFile(folder, name);
    const there = await readPrivateFile(path, refused);
    if (there === undefined) return;
    if (!isOverwritten(there) && new FileSigningKey(privateKeyOf(path, there)).id !== id) return;
    await overwriteAndRemove(path, overwritten, refused);
    // Drafts of a creation that was killed after its last step but one.
    const drafts = (await readdir(folder)).filter((one) => one.startsWith(`.${basename(path)}.`));
    for (const draft of drafts) await overwriteAndRemove(join(folder, draft), overwritten, refused);
  }

  async sign(bytes: Buffer): Promise<Buffer> {
    return sign(null, bytes, this.key);
  }
}

function keyFile(folder: string, name: string): string {
  if (!/^[a-z0-9-]{1,40}$/.test(name)) throw new RangeError('a signing key is named by 1 to 40 of a-z, 0-9 and -');
  return join(folder, `${name}.ed25519.pem`);
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

function privateKeyOf(path: string, pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below, without the reason that the parser gives: it is about the bytes of a secret.
  }
  throw refused(path, 'is not an Ed25519 private key (PKCS #8 in PEM)');
}

/** What an operator is told of a file of keys that cannot be used as it is. */
export function refused(path: string, why: string): SigningError {
  return new SigningError('signing-key-refused', `the signing key at ${path} is refused: it ${why}`);
}

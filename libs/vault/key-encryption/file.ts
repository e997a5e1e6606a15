import { decrypt, encrypt, fingerprintOf, FormatError } from '@ardoise/format';
import {
  altered,
  failed,
  inUse,
  type KeyEncryption,
  type KeyEncryptionOpening,
  noLonger,
  type WrappedKey,
} from './key-encryption';
import { KeyFolder } from './key-folder';

interface FileKey {
  readonly id: string;
  readonly epoch: number;
  readonly key: Buffer;
}

/**
 * 256-bit key-encryption keys in files that only their owner can read, in a folder that only its owner can enter. A
 * file's name says the epoch; the highest one is in use. Its content is 64 hexadecimal digits and a line end.
 *
 * Nothing is kept in memory between two uses: a key that any process destroyed is gone for all of them at once.
 */
export class FileKeyEncryption implements KeyEncryption {
  private constructor(private readonly folder: KeyFolder) {}

  /**
   * Opens the keys in the folder; makes folder and first key when there are none, and `create` is not false.
   * @throws VaultError `key-encryption-failed` when somebody else could read or replace a key, or when there is none
   * and none may be made, because what is there was sealed under another.
   */
  static async open(path: string, { create = true }: KeyEncryptionOpening = {}): Promise<FileKeyEncryption> {
    const folder = new KeyFolder(path);
    const found = (await folder.epochs()).length > 0;
    if (!found && !create) {
      throw failed(
        `there is no key-encryption key in ${path}, and the vault holds keys that were wrapped under one; put the folder back`,
      );
    }
    await folder.prepare();
    if (!found) await folder.create(1);
    const provider = new FileKeyEncryption(folder);
    await provider.current();
    return provider;
  }

  async current(): Promise<string> {
    const { id, key } = await this.latest();
    key.fill(0);
    return id;
  }

  async wrap(key: Buffer, context: Buffer): Promise<WrappedKey> {
    const { id, key: under } = await this.latest();
    try {
      return { kek: id, wrapped: encrypt(under, key, context) };
    } finally {
      under.fill(0);
    }
  }

  async unwrap(kek: string, wrapped: Buffer, context: Buffer): Promise<Buffer> {
    const found = await this.find(kek);
    if (found === undefined) throw noLonger(kek);
    try {
      return decrypt(found.key, wrapped, context);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw altered(kek);
    } finally {
      found.key.fill(0);
    }
  }

  async rotate(after: string): Promise<string> {
    const current = await this.latest();
    current.key.fill(0);
    if (current.id !== after) {
      const epoch = epochOf(after);
      if (epoch === undefined || epoch >= current.epoch) throw noLonger(after);
      return current.id;
    }
    await this.folder.create(current.epoch + 1);
    return this.current();
  }

  async destroy(kek: string): Promise<void> {
    const epoch = epochOf(kek);
    if (epoch === undefined) return;
    if ((await this.current()) === kek) throw inUse(kek);
    const latest = (await this.folder.epochs()).at(-1) ?? 0;
    if (epoch >= latest) return;
    const key = await this.folder.read(epoch);
    // Another key under this name is not the one that was to be destroyed.
    if (key !== undefined && idOf(epoch, key) !== kek) return;
    key?.fill(0);
    await this.folder.destroy(epoch);
  }

  async keys(): Promise<string[]> {
    const ids: string[] = [];
    for (const epoch of await this.folder.epochs()) {
      const key = await this.folder.read(epoch);
      if (key !== undefined) ids.push(idOf(epoch, key));
      key?.fill(0);
    }
    return ids;
  }

  private async latest(): Promise<FileKey> {
    const epoch = (await this.folder.epochs()).at(-1);
    const key = epoch === undefined ? undefined : await this.folder.read(epoch);
    if (epoch === undefined || key === undefined) {
      throw failed(`there is no key-encryption key in ${this.folder.path} any more; put the folder back`);
    }
    return { id: idOf(epoch, key), epoch, key };
  }

  private async find(kek: string): Promise<FileKey | undefined> {
    const epoch = epochOf(kek);
    const key = epoch === undefined ? undefined : await this.folder.read(epoch);
    if (epoch === undefined || key === undefined) return undefined;
    if (idOf(epoch, key) === kek) return { id: kek, epoch, key };
    key.fill(0);
    return undefined;
  }
}

/** Bound to the key's bytes: a file replaced by another is told from a group key that was altered. */
function idOf(epoch: number, key: Buffer): string {
  return `file-${epoch}-${fingerprintOf(key, `kek-${epoch}`).slice(0, 16)}`;
}

function epochOf(kek: string): number | undefined {
  const epoch = /^file-([1-9]\d{0,8})-[0-9a-f]{16}$/.exec(kek)?.[1];
  return epoch === undefined ? undefined : Number(epoch);
}

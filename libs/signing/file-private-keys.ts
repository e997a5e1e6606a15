import { readdir } from 'node:fs/promises';
import { absent } from '@ardoise/private-files';
import { FileSigningKey } from './file-signing-key';
import type { NumberedKey, PrivateKeys } from './private-keys';
import { SigningError, type SigningKey } from './signing';

const first = 'ledger';
const file = /^ledger(?:-([1-9]\d{0,5})-[0-9a-f]{16})?\.ed25519\.pem$/;

/** `ledger.ed25519.pem`, the first key, and `ledger-<number>-<id>.ed25519.pem`, those after it, in the folder of keys. */
export class FilePrivateKeys implements PrivateKeys {
  constructor(private readonly folder: string) {}

  make(number: number): Promise<SigningKey> {
    return number === 1
      ? FileSigningKey.open(this.folder, first)
      : FileSigningKey.make(this.folder, `${first}-${number}`);
  }

  async list(): Promise<readonly NumberedKey[]> {
    const keys: NumberedKey[] = [];
    for (const name of (await readdir(this.folder).catch(absent)) ?? []) {
      const found = file.exec(name);
      const key = found && (await this.open(name.replace(/\.ed25519\.pem$/, '')));
      if (key) keys.push({ number: Number(found[1] ?? 1), key });
    }
    return keys;
  }

  async destroy({ number, key }: NumberedKey): Promise<void> {
    await FileSigningKey.destroy(this.folder, number === 1 ? first : `${first}-${number}-${key.id}`, key.id);
  }

  private async open(name: string): Promise<SigningKey | undefined> {
    try {
      return await FileSigningKey.open(this.folder, name, { create: false });
    } catch (error) {
      if (error instanceof SigningError && error.code === 'signing-key-missing') return undefined;
      throw error;
    }
  }
}

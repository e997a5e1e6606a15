import type { Config } from '@ardoise/config';
import {
  exclusivelyIn,
  FileKeyEncryption,
  isEmptyVault,
  type KeyEncryption,
  Pkcs11KeyEncryption,
  TransitKeyEncryption,
} from '@ardoise/vault';
import type { Pool } from 'pg';

/**
 * What wraps group keys, as configured. A first key is made only for a vault that holds nothing yet.
 * @throws VaultError `key-encryption-failed`
 */
export async function openKeyEncryption(config: Config, vault: Pool): Promise<KeyEncryption> {
  const opening = { create: await isEmptyVault(vault) };
  const { keyEncryption } = config;
  switch (keyEncryption.kind) {
    case 'file':
      return FileKeyEncryption.open(config.keysFolder, opening);
    case 'pkcs11':
      return Pkcs11KeyEncryption.open({ ...keyEncryption, exclusively: exclusivelyIn(vault) }, opening);
    case 'transit':
      return TransitKeyEncryption.open(keyEncryption, opening);
  }
}

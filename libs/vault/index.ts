export * from './vault';
export type { KeyEncryption, KeyEncryptionOpening, WrappedKey } from './key-encryption/key-encryption';
export { FileKeyEncryption } from './key-encryption/file';
export { vaultMigrations } from './migrations';
export { PostgresVault, type PostgresVaultOptions } from './postgres-vault';
export { KeyedNaming } from './naming';
export { isEmptyVault } from './groups';

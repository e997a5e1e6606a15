export * from './vault';
export * from './key-encryption';
export { vaultMigrations } from './migrations';
export { PostgresVault, type PostgresVaultOptions } from './postgres-vault';
export { KeyedNaming } from './naming';

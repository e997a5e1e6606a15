export * from './vault';
export type { MadeBetween, MadeUnit } from './orphans';
export type { Upkeep } from './upkeep';
export * from './key-encryption';
export { vaultMigrations } from './migrations';
export { PostgresVault, type PostgresVaultOptions } from './postgres-vault';
export { KeyedNaming } from './naming';
export { isEmptyVault } from './groups';

export * from './vault';
export type { EndedEntry } from './ended';
export type { MadeBetween, MadeUnit } from './orphans';
export type { Upkeep } from './upkeep';
export type { KeyEncryption, KeyEncryptionOpening, WrappedKey } from './key-encryption/key-encryption';
export { FileKeyEncryption } from './key-encryption/file';
export { vaultMigrations } from './migrations';
export { PostgresVault, type PostgresVaultOptions } from './postgres-vault';
export { Lease, type Reading } from './lease';
export { KeyedNaming } from './naming';
export { isEmptyVault } from './groups';
export { Pkcs11KeyEncryption, type Pkcs11Options } from './key-encryption/pkcs11';
export { TransitKeyEncryption, type TransitOptions } from './key-encryption/transit';
export { exclusivelyIn } from './key-encryption/exclusive';
export {
  Rotation,
  rotationSteps,
  type RotationLog,
  type RotationOptions,
  type RotationProgress,
  type RotationRequest,
  type RotationRun,
} from './rotation/rotation';
export type { RotationEntry } from './rotation/rotations';
export type { EpochStatus } from './rotation/status';

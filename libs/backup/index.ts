export { backUp, type BackupOptions, type BackupResult } from './backup';
export { BackupError, type BackupErrorCode } from './errors';
export type { Keeper } from './keeper';
export type { Manifest } from './manifest';
export { partNames, schemasOf, type PartName, type Schemas } from './parts';
export { restore, restoreSteps, type RestoreOptions, type RestoreResult } from './restore';
export { findParts, type FoundPart } from './restore-plan';
export { backUpKeys, readPassphrase, restoreKeys, type KeyFilePlan } from './keys-backup';

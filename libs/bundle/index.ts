export { BundleError, type BundleErrorCode } from './errors';
export type { LedgerFiles } from './ledger-files';
export { openBundle } from './open-bundle';
export { ArchiveFiles } from './archive-reader';
export { FolderFiles } from './folder-reader';
export { HttpFiles, type HttpOptions } from './http-reader';
export { BundleWriter, draftEnding } from './bundle-writer';
export {
  checkpointPath,
  checkpointsPath,
  keysPath,
  kindOf,
  ledgerPath,
  limits,
  lineLimits,
  policyPath,
  readmePath,
  receiptsPath,
  tileIn,
  unitsPath,
  vocabularyPath,
  type FileKind,
} from './layout';
export {
  formatCheckpointLine,
  formatEndingLine,
  formatKeys,
  formatLedgerIndex,
  parseCheckpointLine,
  parseEndingLine,
  parseKeys,
  parseLedgerIndex,
  type BundledCheckpoint,
  type BundledEnding,
  type BundledKeys,
  type BundledLedgerKey,
  type BundledTree,
  type LedgerIndex,
} from './contents';
export { linesOf } from './lines';

export { copyLog, logCopySteps, type CopyOptions, type CopyProgress, type CopyResult } from './copy-log';
export * from './errors';
export type { SignedTree } from './signed-tree';

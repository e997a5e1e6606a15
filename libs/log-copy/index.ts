export { copyLog, logCopySteps, type CopyOptions, type CopyProgress, type CopyResult } from './copy-log';
export * from './errors';
export { giveUpMove, type GiveUpOptions } from './give-up';
export type { SignedTree } from './signed-tree';

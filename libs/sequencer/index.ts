export type { LedgerProblem } from './check';
export type { CheckpointListener } from './deliveries';
export * from './errors';
export { Ledger, type LedgerOptions } from './ledger';
export { keepSigned } from './kept-checkpoints';
export { ledgerMigrations } from './migrations';
export type { OnRebuilt, TreeEnd } from './rebuild';
export {
  Sequencer,
  type CheckpointWaitOptions,
  type SequencerOptions,
  type SequencerStatus,
  type TreeStanding,
} from './sequencer';
export { sequencerSteps } from './sequencing-lane';
export { published, treeOrigin, type CheckpointEntry, type CheckpointName, type Tree, type TreeName } from './tree';

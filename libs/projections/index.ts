export type { Checkpoint, Generation, StopReason } from './checkpoints';
export { groupsEndedType, keptUntilType, keysFencedType } from './forgetting';
export { MemoryRows } from './memory-rows';
export * from './migrations';
export * from './naming';
export { ProjectionStoppedError, WaitTimeoutError, type WaitOptions } from './progress';
export * from './projection';
export {
  RebuildUnderWayError,
  type RebuildOptions,
  type RebuildProgress,
  type RebuildResult,
  type StoppedShadow,
} from './rebuild';
export type { Comparison, TableCounts, TableDifference, Uncompared } from './rebuild-compare';
export * from './runtime';
export { withoutStatistics } from './statistics';
export { UnitColumn } from './unit-column';

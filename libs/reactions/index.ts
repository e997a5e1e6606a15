export * from './away';
export type { Dismissal, ReactionCheckpoint, ReactionStop } from './checkpoints';
export * from './migrations';
export type { ParkedEvent } from './parked-events';
export * from './reaction';
export * from './runtime';

export * from './away';
export type { Dismissal, ReactionCheckpoint, ReactionStop } from './checkpoints';
export * from './migrations';
export * from './reaction';
export * from './runtime';

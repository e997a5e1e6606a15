export { type DismissalReason, dismissalReasons, type ProcessDismissal } from './dismissals';
export * from './hosted-process';
export type { ProcessDeadLetter } from './instances';
export * from './migrations';
export * from './runtime';

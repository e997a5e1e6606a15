export {
  type DismissalPage,
  type DismissalReason,
  dismissalReasons,
  type LetterPage,
  type ProcessDeadLetter,
  type ProcessDismissal,
  type Standing,
} from './dead-letters';
export * from './hosted-process';
export * from './migrations';
export * from './runtime';

export * from './back-off';
export * from './entry';
export * from './migrations';
export * from './runtime';
export type { DeadLetter, Entries, EntryFilter, ListedEntry } from './entries';

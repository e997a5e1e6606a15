export { SettableClock } from '@ardoise/time';
export * from './test-database';
export * from './test-process';
export * from './test-server';

export * from './decider';
export * from './process';
export * from './recorder';

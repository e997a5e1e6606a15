export * from './decider';
export * from './recorder';

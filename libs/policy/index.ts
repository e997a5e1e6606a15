export * from './digest';
export * from './load';
export * from './periods';
export * from './policy';
export * from './problems';
export { periodPattern, policySchema } from './schema';
export * from './vocabulary';
export * from './warnings';

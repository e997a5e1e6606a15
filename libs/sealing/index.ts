export * from './declaration';
export * from './field-types';
export * from './opener';
export * from './registry';
export * from './sealer';
export * from './upcaster';
export { UpcastError } from './upcasting';
export * from './unreadable';
export * from './writing';

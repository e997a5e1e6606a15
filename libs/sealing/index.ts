export * from './declaration';
export * from './field-types';
export * from './opener';
export * from './registry';
export * from './sealer';

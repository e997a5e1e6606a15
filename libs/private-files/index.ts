export * from './private-files';
export * from './whole-files';
export * from './overwriting';

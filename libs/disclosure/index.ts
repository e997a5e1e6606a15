export * from './check';
export * from './disclosure';
export * from './errors';
export * from './logged';
export * from './make';
export * from './trust';

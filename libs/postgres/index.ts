export * from './binary-array';
export * from './embedded';
export * from './migrations';
export * from './pool';
export * from './roles';
export * from './supervise';
export * from './transaction';
export * from './unavailable';

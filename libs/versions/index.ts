export * from './announced-versions';
export * from './migrations';

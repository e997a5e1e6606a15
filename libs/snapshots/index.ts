export * from './command-marks';
export * from './folded';
export * from './migrations';
export * from './recent-states';
export * from './sealed-state';
export * from './snapshot-table';
export * from './snapshots';

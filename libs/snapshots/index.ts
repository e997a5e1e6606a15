export * from './command-marks';
export * from './migrations';
export * from './sealed-state';
export * from './snapshot-table';
export * from './snapshots';

export * from './gauges';
export * from './lane-keeper';
export * from './lease';
export * from './log';
export * from './log-feed';
export * from './pause';

export * from './folder';
export * from './letter';
export * from './sender';

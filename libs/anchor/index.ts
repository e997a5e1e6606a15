export * from './anchor';
export * from './anchor-folder';

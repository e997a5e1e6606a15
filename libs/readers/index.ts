export * from './long-readers';
export * from './migrations';

export * from './addresses';
export * from './post';
export * from './signature';

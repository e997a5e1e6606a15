export * from './canonical';
export * from './digest';
export * from './errors';
export * from './frames';
export * from './header';
export * from './ids';
export * from './seal';
export * from './section';

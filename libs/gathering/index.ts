export * from './gatherer';

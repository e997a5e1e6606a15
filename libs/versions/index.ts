export * from './announced-versions';
export * from './migrations';
export { otherPrograms } from './other-programs';

export { Buffer } from './buffer';

export * from './config';
export { ConfigError } from './environment';
export type { KeyEncryptionConfig } from './key-encryption';

export * from './config';
export { ConfigError } from './environment';
export { eventStoreAt, type EventStoreConfig } from './event-store';
export type { KeyEncryptionConfig, Pkcs11Config } from './key-encryption';
export type { LedgerKeyConfig } from './ledger-keys';
export type { MailConfig } from './mail';
export type { TimestampConfig } from './timestamps';

export * from './file-signing-key';
export * from './signing';
export * from './former-keys';
export * from './ledger-keys';

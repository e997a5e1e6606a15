export * from './file-signing-key';
export * from './signing';
export * from './former-keys';
export * from './ledger-keys';
export { FileLedgerKeys, ledgerKeySteps, type FileLedgerKeysOptions, type Renewal } from './file-ledger-keys';
export { FilePrivateKeys } from './file-private-keys';
export * from './key-statement';
export { MovedPrivateKeys, type PrivateKeys } from './private-keys';
export * from './raw-keys';

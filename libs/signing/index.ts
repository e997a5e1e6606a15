export * from './file-signing-key';
export * from './signing';

import { createHash } from 'node:crypto';

/** How the protocol names a log in an address: SHA-256 of its origin, 64 lower-case hexadecimal digits. */
export const originHash = (origin: string): string => createHash('sha256').update(origin, 'utf8').digest('hex');

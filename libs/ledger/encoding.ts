import { LedgerError, type LedgerErrorCode } from './errors';

export const hashLength = 32;

/** The bytes of standard base64 with padding (RFC 4648, section 4) in its one canonical form; undefined for any other. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** A hash of 32 bytes in base64. */
export function decodeHash(text: string): Buffer | undefined {
  if (text.length !== 44) return undefined;
  const bytes = decodeBase64(text);
  return bytes?.length === hashLength ? bytes : undefined;
}

/** A number in ASCII digits without a leading zero, up to 2^53 − 1. */
export function decodeSize(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const size = Number(text);
  return Number.isSafeInteger(size) ? size : undefined;
}

/** @throws LedgerError `size-refused` unless it is a whole number from 0 to 2^53 − 1. */
export function checkSize(size: number, what: string): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new LedgerError('size-refused', `${what} must be a whole number from 0 to 2^53 - 1`);
  }
}

/** @throws LedgerError with the code unless it has 32 bytes. */
export function checkHash(hash: Uint8Array, what: string, code: LedgerErrorCode = 'hash-malformed'): void {
  if (hash.length !== hashLength) throw new LedgerError(code, `${what} must have 32 bytes, not ${hash.length}`);
}

export const controlCharacter = /[\0-\x09\x0b-\x1f]/; // eslint-disable-line no-control-regex

import { CustomTypesConfig } from 'pg';

const bytea = 17;

/**
 * Reading of raw rows: byte strings decoded, everything else left as the server's text. Rows come as arrays; both
 * together read several times faster than the driver's own way.
 */
export const rawTypes: CustomTypesConfig = {
  getTypeParser: (oid: number) => (oid === bytea ? decodeHex : same),
};

function decodeHex(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

function same(text: string): string {
  return text;
}

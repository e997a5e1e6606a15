import { hmac, randomBytes } from '@ardoise/format';

const randomLength = 11;
const tagLength = 5;

/**
 * A new unit's id: 88 random bits, and a tag of 40 bits under the organisation's naming key. To everybody else it is as
 * random as the rest; the vault tells by it a unit whose row is gone from one that it never made.
 */
export function makeUnitId(namingKey: Buffer, organisation: string): string {
  const random = randomBytes(randomLength);
  return Buffer.concat([random, tagOf(namingKey, organisation, random)]).toString('hex');
}

/** Whether this vault made the unit. A chance id passes once in 2^40. Ids of before tags never pass. */
export function wasMadeHere(namingKey: Buffer, organisation: string, unit: string): boolean {
  const bytes = Buffer.from(unit, 'hex');
  if (bytes.length !== randomLength + tagLength) return false;
  return tagOf(namingKey, organisation, bytes.subarray(0, randomLength)).equals(bytes.subarray(randomLength));
}

function tagOf(namingKey: Buffer, organisation: string, random: Buffer): Buffer {
  return hmac(namingKey, ['ardoise/unit-id/1', organisation, random]).subarray(0, tagLength);
}

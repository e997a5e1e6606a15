import {
  absentOr,
  digest,
  id,
  instant,
  isRecord,
  mustFit,
  ReceiptError,
  readMembers,
  signature,
  words,
  type Shape,
} from '../../keys/receipt-members';
import type { KeptUnit, Receipt } from './receipt';

const told: Shape = {
  organisation: words,
  erasure: id,
  destroyedAt: instant,
  completedAt: instant,
  units: (value) =>
    Array.isArray(value) &&
    value.every((one: unknown) => Array.isArray(one) && one.length === 2 && id(one[0]) && digest(one[1])),
  kept: (value) => Array.isArray(value) && value.every(isKept),
  salt: id,
};

const signed: Shape = {
  ...told,
  type: (value) => value === 'ardoise-erasure-receipt',
  keys: absentOr((value) => isRecord(value) && Number.isInteger(value.epoch) && absentOr(instant)(value.horizon)),
  begunAgain: absentOr((value) => value === true),
  signature,
};

function isKept(value: unknown): value is KeptUnit {
  if (!isRecord(value)) return false;
  const { unit, fingerprint, category, ground, until } = value;
  const named = (unit === undefined && fingerprint === undefined) || (id(unit) && digest(fingerprint));
  return named && words(category) && words(ground) && instant(until);
}

/** @throws ReceiptError */
export function readReceipt(text: string): Receipt {
  const value = readMembers(text);
  const shape = value.format === 1 ? told : value.format === 2 ? signed : undefined;
  if (!shape) throw new ReceiptError('"format" is neither 1 nor 2; a receipt of a later format needs a later version');
  mustFit(value, shape);
  return value as unknown as Receipt;
}

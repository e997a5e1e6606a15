import type { KeptUnit, Receipt } from './receipt';

/** A file that is no receipt; the message says what of it is not. */
export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';
  readonly code = 'receipt-malformed';
}

type Members = { readonly [name: string]: unknown };

const hex = (digits: number) => (value: unknown) =>
  typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value);
const id = hex(32);
const digest = hex(64);
const words = (value: unknown): boolean => typeof value === 'string' && value.length <= 1_000;
const instant = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
const absentOr = (check: (value: unknown) => boolean) => (value: unknown) => value === undefined || check(value);
const isRecord = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const told: { readonly [member: string]: (value: unknown) => boolean } = {
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

const signed: typeof told = {
  ...told,
  type: (value) => value === 'ardoise-erasure-receipt',
  keys: absentOr((value) => isRecord(value) && Number.isInteger(value.epoch) && absentOr(instant)(value.horizon)),
  begunAgain: absentOr((value) => value === true),
  signature: (value) =>
    isRecord(value) &&
    value.algorithm === 'Ed25519' &&
    hex(16)(value.key) &&
    words(value.publicKey) &&
    typeof value.value === 'string' &&
    /^[A-Za-z0-9+/]{86}==$/.test(value.value),
};

function isKept(value: unknown): value is KeptUnit {
  if (!isRecord(value)) return false;
  const { unit, fingerprint, category, ground, until } = value;
  const named = (unit === undefined && fingerprint === undefined) || (id(unit) && digest(fingerprint));
  return named && words(category) && words(ground) && instant(until);
}

/** @throws ReceiptError */
export function readReceipt(text: string): Receipt {
  const value = parsed(text);
  if (!isRecord(value)) throw new ReceiptError('this is no receipt: it is no JSON object');
  const shape = value.format === 1 ? told : value.format === 2 ? signed : undefined;
  if (!shape) throw new ReceiptError('"format" is neither 1 nor 2; a receipt of a later format needs a later version');
  for (const [member, fits] of Object.entries(shape)) {
    if (!fits(value[member])) throw new ReceiptError(`"${member}" is not as a receipt of this format has it`);
  }
  return value as unknown as Receipt;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ReceiptError('this is no receipt: it is no JSON');
  }
}

/** A file that is no receipt; the message says what of it is not. */
export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';
  readonly code = 'receipt-malformed';
}

export type Members = { readonly [name: string]: unknown };

/** How each member of a receipt has to look. */
export type Shape = { readonly [member: string]: (value: unknown) => boolean };

const hex = (digits: number) => (value: unknown) =>
  typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value);
export const id = hex(32);
export const digest = hex(64);
export const words = (value: unknown): boolean => typeof value === 'string' && value.length <= 1_000;
export const instant = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
export const absentOr = (check: (value: unknown) => boolean) => (value: unknown) => value === undefined || check(value);
export const isRecord = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Ed25519, as every receipt that is signed has it. */
export function signature(value: unknown): boolean {
  return (
    isRecord(value) &&
    value.algorithm === 'Ed25519' &&
    hex(16)(value.key) &&
    words(value.publicKey) &&
    typeof value.value === 'string' &&
    /^[A-Za-z0-9+/]{86}==$/.test(value.value)
  );
}

/** @throws ReceiptError for the first member that does not fit */
export function mustFit(value: Members, shape: Shape): void {
  for (const [member, fits] of Object.entries(shape)) {
    if (!fits(value[member])) throw new ReceiptError(`"${member}" is not as a receipt of this format has it`);
  }
}

/** @throws ReceiptError for what is no JSON object */
export function readMembers(text: string): Members {
  const value = parsed(text);
  if (!isRecord(value)) throw new ReceiptError('this is no receipt: it is no JSON object');
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ReceiptError('this is no receipt: it is no JSON');
  }
}

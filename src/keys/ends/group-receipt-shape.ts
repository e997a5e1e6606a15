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
} from '../receipt-members';
import type { GroupReceipt } from './group-receipts';

const count = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const day = (value: unknown): boolean => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value);

const shared: Shape = {
  organisation: words,
  groups: (value) => Array.isArray(value) && value.every(isGroup),
  destroyedAt: instant,
  completedAt: instant,
  signature,
};

const shapes: { readonly [type: string]: Shape } = {
  'ardoise-day-receipt': { ...shared, category: words, day, units: count, beforeItsTime: absentOr(words) },
  'ardoise-organisation-receipt': { ...shared, export: isExport, closedAt: instant },
};

function isGroup(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { group, fingerprint, epoch, category, day: of, event } = value;
  return (
    id(group) && digest(fingerprint) && count(epoch) && id(event) && absentOr(words)(category) && absentOr(day)(of)
  );
}

function isFile(value: unknown): boolean {
  return isRecord(value) && words(value.file) && count(value.bytes) && digest(value.sha256);
}

function isExport(value: unknown): boolean {
  const several = (files: unknown): boolean => Array.isArray(files) && files.every(isFile);
  return isFile(value) && isRecord(value) && words(value.position) && absentOr(several)(value.files);
}

/** The receipt of a day or of an organisation; nothing where it is of another type. @throws ReceiptError */
export function readGroupReceipt(text: string): GroupReceipt | undefined {
  const value = readMembers(text);
  const shape = typeof value.type === 'string' && Object.hasOwn(shapes, value.type) ? shapes[value.type] : undefined;
  if (!shape) return undefined;
  if (value.format !== 1)
    throw new ReceiptError('"format" is not 1; a receipt of a later format needs a later version');
  mustFit(value, shape);
  return value as unknown as GroupReceipt;
}

import { RowError } from './projection';

/** The column types that read models may have. */
export const columnTypes = [
  'text',
  'character varying',
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'boolean',
  'date',
  'timestamp with time zone',
  'jsonb',
  'text[]',
] as const;

export type ColumnType = (typeof columnTypes)[number];

const whole = /^-?\d+$/;
const decimal = /^-?\d+(\.\d+)?$/;
/** The escape of NUL, not a backslash that happens to stand before `u0000`. */
const escapedNul = /(?<!\\)(?:\\\\)*\\u0000/;
const day = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A value as PostgreSQL's text for its type; null for an absent one. One text per value, so that a batch is told from
 * another by its rows alone.
 * @throws RowError `row-value-unfit`
 */
export function columnText(type: ColumnType, value: unknown, where: string): string | null {
  if (value === null || value === undefined) return null;
  const text = textOf(type, value);
  // PostgreSQL has no text with the character NUL; in JSON it would be written as an escape that jsonb refuses.
  if (text === undefined || text.includes('\0') || (type === 'jsonb' && escapedNul.test(text))) {
    throw new RowError('row-value-unfit', `${where} does not take such a value`);
  }
  return text;
}

function textOf(type: ColumnType, value: unknown): string | undefined {
  switch (type) {
    case 'text':
    case 'character varying':
      return typeof value === 'string' ? value : undefined;
    case 'smallint':
    case 'integer':
    case 'bigint':
      return numberText(value, whole);
    case 'numeric':
      return numberText(value, decimal);
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'date':
      return typeof value === 'string' && day.test(value) ? value : undefined;
    case 'timestamp with time zone':
      return instantText(value);
    case 'jsonb':
      return JSON.stringify(value);
    case 'text[]':
      return Array.isArray(value) ? arrayLiteral(value) : undefined;
  }
}

function numberText(value: unknown, pattern: RegExp): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'string') return undefined;
  const text = String(value);
  return pattern.test(text) ? text : undefined;
}

function instantText(value: unknown): string | undefined {
  const instant = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : undefined;
  return instant && !Number.isNaN(instant.getTime()) ? instant.toISOString() : undefined;
}

function arrayLiteral(items: readonly unknown[]): string | undefined {
  if (!items.every((item) => typeof item === 'string')) return undefined;
  return `{${items.map((item) => `"${item.replace(/(["\\])/g, '\\$1')}"`).join(',')}}`;
}

/**
 * Texts and nulls as a PostgreSQL text[] in binary form, which the driver sends as it is: nothing to escape, nothing to
 * parse.
 */
export function nullableTextArray(items: readonly (string | null)[]): Buffer {
  let size = 20;
  for (const item of items) size += item === null ? 4 : 4 + Buffer.byteLength(item);
  const bytes = Buffer.allocUnsafe(size);
  const textOid = 25;
  const header = [items.length === 0 ? 0 : 1, 1, textOid, items.length, 1];
  header.forEach((word, index) => bytes.writeInt32BE(word, 4 * index));
  let at = 20;
  for (const item of items) {
    if (item === null) {
      at = bytes.writeInt32BE(-1, at);
    } else {
      const length = bytes.write(item, at + 4);
      bytes.writeInt32BE(length, at);
      at += 4 + length;
    }
  }
  return items.length === 0 ? bytes.subarray(0, 12) : bytes;
}

/** A value that JSON can hold and that RFC 8785 gives one byte sequence. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

const lowSurrogateWithoutHigh = /(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/;
const highSurrogateWithoutLow = /[\uD800-\uDBFF](?:[^\uDC00-\uDFFF]|$)/;

/** Thrown when a value has no canonical form: not a finite number, a lone surrogate, or no JSON at all. */
export class NotCanonicalError extends Error {
  override readonly name = 'NotCanonicalError';
}

/**
 * The JSON Canonicalization Scheme (RFC 8785): members sorted by UTF-16 code units, no white space, numbers and
 * strings as ECMAScript writes them. Members whose value is `undefined` are absent.
 * @throws NotCanonicalError for what I-JSON (RFC 7493) cannot hold.
 */
export function canonicalJson(value: Json): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotCanonicalError('a number that is not finite has no JSON form');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      throw new NotCanonicalError(`a value of type ${typeof value} has no JSON form`);
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return canonicalArray(value as readonly Json[]);
  return canonicalObject(value as { readonly [name: string]: Json | undefined });
}

/** The canonical form as UTF-8 bytes. */
export function canonicalBytes(value: Json): Buffer {
  return Buffer.from(canonicalJson(value), 'utf8');
}

function canonicalString(value: string): string {
  if (lowSurrogateWithoutHigh.test(value) || highSurrogateWithoutLow.test(value)) {
    throw new NotCanonicalError('a text with a lone surrogate has no UTF-8 form');
  }
  return JSON.stringify(value);
}

function canonicalArray(items: readonly Json[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + canonicalJson(items[i] as Json);
  return text + ']';
}

function canonicalObject(members: { readonly [name: string]: Json | undefined }): string {
  // Array.prototype.sort without a comparator orders by UTF-16 code units, as RFC 8785 section 3.2.3 asks.
  const names = Object.keys(members).sort();
  let text = '';
  for (const name of names) {
    const value = members[name];
    if (value === undefined) continue;
    text += (text === '' ? '' : ',') + canonicalString(name) + ':' + canonicalJson(value);
  }
  return '{' + text + '}';
}

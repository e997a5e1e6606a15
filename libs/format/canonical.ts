/** A value that JSON can hold and that RFC 8785 gives one byte sequence. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

type Members = { readonly [name: string]: Json | undefined };

/** Lists and objects stand in each other at most this deep: no reader needs a deeper stack. */
export const deepestNesting = 64;

/** Printable ASCII but for the quotation mark and the reverse solidus: what JSON writes as it is. */
const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const lowSurrogateWithoutHigh = /(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/;
const highSurrogateWithoutLow = /[\uD800-\uDBFF](?:[^\uDC00-\uDFFF]|$)/;

/** Thrown when a value has no canonical form: not a finite number, a lone surrogate, too deep, or no JSON at all. */
export class NotCanonicalError extends Error {
  override readonly name = 'NotCanonicalError';
}

/**
 * The JSON Canonicalization Scheme (RFC 8785): members sorted by UTF-16 code units, no white space, numbers and
 * strings as ECMAScript writes them. Members whose value is `undefined` are absent.
 * @throws NotCanonicalError for what I-JSON (RFC 7493) cannot hold, and for what nests deeper than 64.
 */
export function canonicalJson(value: Json): string {
  return canonicalValue(value, 0);
}

/** The canonical form as UTF-8 bytes. */
export function canonicalBytes(value: Json): Buffer {
  return Buffer.from(canonicalJson(value), 'utf8');
}

function canonicalValue(value: Json | undefined, depth: number): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotCanonicalError('a number that is not finite has no JSON form');
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      throw new NotCanonicalError(`a value of type ${typeof value} has no JSON form`);
  }
  if (value === null) return 'null';
  if (depth === deepestNesting) throw new NotCanonicalError(`a value nests deeper than ${deepestNesting}`);
  return Array.isArray(value)
    ? canonicalArray(value as readonly Json[], depth + 1)
    : canonicalObject(value as Members, depth + 1);
}

function canonicalString(value: string): string {
  if (plainText.test(value)) return '"' + value + '"';
  if (lowSurrogateWithoutHigh.test(value) || highSurrogateWithoutLow.test(value)) {
    throw new NotCanonicalError('a text with a lone surrogate has no UTF-8 form');
  }
  return JSON.stringify(value);
}

function canonicalArray(items: readonly Json[], depth: number): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + canonicalValue(items[i], depth);
  return text + ']';
}

function canonicalObject(members: Members, depth: number): string {
  refuseOtherThanData(members);
  // Array.prototype.sort without a comparator orders by UTF-16 code units, as RFC 8785 section 3.2.3 asks.
  const names = Object.keys(members).sort();
  let text = '';
  for (const name of names) {
    const value = members[name];
    if (value === undefined) continue;
    text += (text === '' ? '' : ',') + canonicalString(name) + ':' + canonicalValue(value, depth);
  }
  return '{' + text + '}';
}

/** A date, a map or a byte string would silently become an object of its own members, or of none. */
function refuseOtherThanData(value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return;
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]' || 'toJSON' in value) {
    throw new NotCanonicalError(`a value of kind ${tag.slice(8, -1)} has no canonical form`);
  }
}

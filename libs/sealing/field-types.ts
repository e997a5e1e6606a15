import { canonicalJson, isDay, isDigest, isId, isName, isSecond, NotCanonicalError, type Json } from '@ardoise/format';

/**
 * The type of a fact or a sealed field: a check that names what is wrong and where, and a shape that is frozen, so
 * that a changed event cannot pass for the old one.
 */
export interface FieldType<T> {
  /** A stable description of what is allowed. */
  readonly shape: Json;
  readonly optional: boolean;
  /** @throws DeclarationError that names the path, never the value. */
  check(value: unknown, path: string): void;
  /** Carries the static type; has no value. */
  readonly type?: T;
}

export type Fields = { readonly [name: string]: FieldType<unknown> };

type OptionalNames<F extends Fields> = {
  [N in keyof F]: undefined extends ValueOf<F[N]> ? N : never;
}[keyof F];

export type ValueOf<T> = T extends FieldType<infer V> ? V : never;

/** The values that fields hold. */
export type ValuesOf<F extends Fields> = {
  readonly [N in Exclude<keyof F, OptionalNames<F>>]: ValueOf<F[N]>;
} & { readonly [N in OptionalNames<F>]?: ValueOf<F[N]> };

/** An event that does not fit its declaration: a fault of ours, found before anything is sealed. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
  readonly code = 'event-does-not-fit-declaration';
}

function fieldType<T>(shape: Json, fits: (value: unknown) => boolean): FieldType<T> {
  return {
    shape,
    optional: false,
    check(value, path) {
      if (!fits(value)) throw new DeclarationError(`${path} does not fit ${JSON.stringify(shape)}`);
    },
  };
}

/** A text of at most `max` UTF-16 code units, none of them a lone surrogate. */
export function text(max = 500): FieldType<string> {
  return fieldType({ text: max }, (value) => typeof value === 'string' && value.length <= max && isCanonical(value));
}

/** An id of ours: 32 hexadecimal digits. */
export const id = (): FieldType<string> => fieldType('id', isId);

/** A SHA-256 or HMAC-SHA256, 64 hexadecimal digits. */
export const digest = (): FieldType<string> => fieldType('digest', isDigest);

/** A calendar day, YYYY-MM-DD. */
export const day = (): FieldType<string> => fieldType('day', isDay);

/** Whether it is an instant to the millisecond, RFC 3339 in UTC. */
export function isMillisecond(value: unknown): value is string {
  return typeof value === 'string' && /\.\d{3}Z$/.test(value) && isSecond(value.slice(0, -5) + 'Z');
}

/** An instant, RFC 3339 in UTC, to the second or the millisecond. */
export const instant = (): FieldType<string> =>
  fieldType('instant', (value) => isSecond(value) || isMillisecond(value));

/** An ISO 4217 currency code. */
export const currency = (): FieldType<string> =>
  fieldType('currency', (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value));

/** A whole number that a double holds exactly. */
export function integer(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): FieldType<number> {
  return fieldType(
    { integer: [min, max] },
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  );
}

/** Any finite number. */
export const number = (): FieldType<number> => fieldType('number', (value) => Number.isFinite(value));

export const flag = (): FieldType<boolean> => fieldType('flag', (value) => typeof value === 'boolean');

export function oneOf<const T extends string>(values: readonly T[]): FieldType<T> {
  return fieldType({ oneOf: values }, (value) => values.includes(value as T));
}

/** What others define (xAPI extensions): any JSON, sealed whole. */
export const opaque = (): FieldType<Json> => fieldType('opaque', isCanonical);

export function list<T>(of: FieldType<T>): FieldType<readonly T[]> {
  const shape = { list: of.shape };
  return {
    shape,
    optional: false,
    check(value, path) {
      if (!Array.isArray(value)) throw new DeclarationError(`${path} is no list`);
      value.forEach((item, index) => of.check(item, `${path}/${index}`));
    },
  };
}

/** A nested object: every member declared, no other allowed. */
export function record<F extends Fields>(fields: F): FieldType<ValuesOf<F>> {
  checkNames(fields, 'record');
  return {
    shape: { record: shapeOf(fields) },
    optional: false,
    check(value, path) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new DeclarationError(`${path} is no object`);
      }
      checkFields(fields, value as Record<string, unknown>, path);
    },
  };
}

export function optional<T>(of: FieldType<T>): FieldType<T | undefined> {
  return {
    shape: { optional: of.shape },
    optional: true,
    check(value, path) {
      if (value !== undefined) of.check(value, path);
    },
  };
}

/** Checks that the values are exactly those declared. @throws DeclarationError */
export function checkFields(fields: Fields, values: { readonly [name: string]: unknown }, path: string): void {
  for (const name in fields) (fields[name] as FieldType<unknown>).check(values[name], `${path}/${name}`);
  for (const name in values) {
    if (!Object.hasOwn(fields, name)) throw new DeclarationError(`${path}/${name} is not declared`);
  }
}

/**
 * Checks that fields bear names that the format allows, and none that every object has (`constructor`): an absent
 * field would read as that.
 * @throws DeclarationError
 */
export function checkNames(fields: Fields, path: string): void {
  for (const name of Object.keys(fields)) {
    if (!isName(name) || name in Object.prototype) {
      throw new DeclarationError(`${path}: "${name}" cannot name a field; a name is camelCase, at most 64 characters`);
    }
  }
}

function isCanonical(value: unknown): boolean {
  try {
    canonicalJson(value as Json);
    return true;
  } catch (error) {
    if (error instanceof NotCanonicalError) return false;
    throw error;
  }
}

/** The frozen shape of fields. */
export function shapeOf(fields: Fields): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, type.shape]));
}

import { NotCanonicalError, canonicalJson, type Json } from '@ardoise/format';
import { ProblemError } from './problem';

/**
 * Reads a JSON body. What could not be stored or compared as it is (a NUL, a lone surrogate) is refused, and so are
 * members that would reach an object's prototype.
 * @throws ProblemError
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') throw new ProblemError(400, 'body-empty', 'a JSON body is expected');
  let value: Json;
  try {
    value = JSON.parse(text, refusePrototype) as Json;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(400, 'json-malformed', 'the body is not valid JSON');
  }
  refuseUnstorable(value);
  return value;
}

function refusePrototype(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new ProblemError(422, 'request-not-valid', 'a member named __proto__ is not allowed');
  return value;
}

/** @throws ProblemError for text that neither RFC 8785 nor a database's text can hold. */
export function refuseUnstorable(value: Json): void {
  let canonical: string;
  try {
    canonical = canonicalJson(value);
  } catch (error) {
    if (!(error instanceof NotCanonicalError)) throw error;
    throw new ProblemError(422, 'text-not-storable', 'a text must be valid Unicode, without lone surrogates');
  }
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(canonical)) {
    throw new ProblemError(422, 'text-not-storable', 'a text must not hold the character U+0000');
  }
}

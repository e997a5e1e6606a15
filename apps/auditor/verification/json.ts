/** JSON that somebody else wrote: looked at member by member, quoted nowhere. */
export type Members = { readonly [name: string]: unknown };

/** A file whose content is not of the form that it has. */
export class ContentError extends Error {
  override readonly name = 'ContentError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** @throws ContentError `file-malformed` */
export function parseMembers(bytes: Buffer, what: string): Members {
  return asMembers(parseJson(bytes, what), what);
}

/** @throws ContentError `file-malformed` unless it is UTF-8, without a byte order mark, and JSON */
export function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new ContentError('file-malformed', `${what} is not JSON in UTF-8`);
  }
}

/** @throws ContentError `file-malformed` */
export function asMembers(value: unknown, what: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new ContentError('file-malformed', `${what} is no JSON object`);
}

/** What a member must be; the word for it stands in the refusal. */
export interface Form<T> {
  readonly word: string;
  readonly is: (value: unknown) => value is T;
}

export const textForm: Form<string> = {
  word: 'a text of at most 1,000 characters',
  is: (value): value is string => typeof value === 'string' && value.length <= 1_000,
};

export const sizeForm: Form<number> = {
  word: 'a whole number from 0',
  is: (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0,
};

export const instantForm: Form<string> = {
  word: 'an instant (RFC 3339, UTC)',
  is: (value): value is string =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
};

/** Base64 of 32 bytes, in its one form. */
export const hashForm: Form<string> = {
  word: 'base64 of 32 bytes',
  is: (value): value is string =>
    typeof value === 'string' && value.length === 44 && Buffer.from(value, 'base64').toString('base64') === value,
};

export function matching(pattern: RegExp, word: string): Form<string> {
  return { word, is: (value): value is string => typeof value === 'string' && pattern.test(value) };
}

/** @throws ContentError `file-malformed` when it is not there or not of the form */
export function member<T>(members: Members, name: string, form: Form<T>, what: string): T {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (form.is(value)) return value;
  throw new ContentError('file-malformed', `"${name}" of ${what} is not ${form.word}`);
}

export function optionalMember<T>(members: Members, name: string, form: Form<T>, what: string): T | undefined {
  return Object.hasOwn(members, name) ? member(members, name, form, what) : undefined;
}

/** @throws ContentError `file-malformed` when there are others */
export function onlyMembers(members: Members, names: readonly string[], what: string): void {
  if (Object.keys(members).every((name) => names.includes(name))) return;
  throw new ContentError('file-malformed', `${what} has a member that it may not have`);
}

/** What an object of a file has; a name with a question mark may be absent. */
export type Shape = Readonly<Record<string, 'text' | 'number' | 'list' | 'text?' | 'any?'>>;

/** The members of an object of exactly that shape; numbers are whole, from 0. @throws TypeError */
export function fieldsOf(value: unknown, shape: Shape): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('no object');
  const fields = value as Record<string, unknown>;
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(shape, name));
  if (unknown !== undefined) throw new TypeError('an unknown member');
  for (const [name, type] of Object.entries(shape)) if (!fits(fields[name], type)) throw new TypeError(name);
  return fields;
}

function fits(value: unknown, type: Shape[string]): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'text?':
      return value === undefined || typeof value === 'string';
    case 'number':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'list':
      return Array.isArray(value);
    case 'any?':
      return true;
  }
}

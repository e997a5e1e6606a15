/** What a log line may carry: ids, positions, counts and codes, never a value of an event or a row (invariant 3). */
export type LogFields = { readonly [name: string]: string | number | bigint | boolean | undefined };

/** Where the runtimes say what they do. */
export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Says nothing. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * What of an error may be told: its stable code if it has one, else its class. Its message may quote a value, its
 * stack begins with the message.
 */
export function errorCode(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const told = [code, name].find((word) => typeof word === 'string' && /^[A-Za-z0-9-]{1,60}$/.test(word));
  return (told as string | undefined) ?? 'unknown';
}

import { readFileSync } from 'node:fs';

/** A variable of the environment that is not what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'configuration-wrong';
}

export type Environment = { readonly [name: string]: string | undefined };

/** A value given directly or as the path of a file; never both. */
export function secret(environment: Environment, name: string): string | undefined {
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === '') return environment[name] || undefined;
  if (environment[name]) throw new ConfigError(`${name} and ${name}_FILE are both set; set one of them`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new ConfigError(`${name}_FILE names a file that cannot be read: ${file}`);
  }
}

export function whole(environment: Environment, name: string, fallback: number, min: number, max: number): number {
  const value = environment[name];
  if (value === undefined || value === '') return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw new ConfigError(`${name} is "${value}"; it takes a whole number from ${min} to ${max}`);
  }
  return number;
}

export function choice<const T extends string>(
  environment: Environment,
  name: string,
  values: readonly T[],
  fallback: T,
): T {
  const value = environment[name];
  if (value === undefined || value === '') return fallback;
  if (!values.includes(value as T)) {
    throw new ConfigError(`${name} is "${value}"; it takes one of ${values.join(', ')}`);
  }
  return value as T;
}

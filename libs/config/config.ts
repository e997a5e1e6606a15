import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';

/** All that the environment decides, read once and checked. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absolute path of the folder that holds the embedded database, blobs and outbox. */
  readonly dataFolder: string;
  /** Absolute path of the folder that holds the key-encryption key. */
  readonly keysFolder: string;
  readonly policiesFolder: string;
  /** Absent: the PostgreSQL that ships with Ardoise is started. */
  readonly databaseUrl?: string;
  readonly eventStore: 'postgres';
  readonly logLevel: LogLevel;
  /** Whether this process also runs projections and reactions; a separate worker does otherwise. */
  readonly work: boolean;
  /** Longest time, in milliseconds, that an opened key stays usable after its destruction. */
  readonly keyLeaseMilliseconds: number;
  /** Days within which no file of the database keeps bytes of a row that is forgotten. */
  readonly residueDays: number;
  /** Most bytes of a request's body. */
  readonly bodyLimit: number;
  /** What an operator should know before going on. */
  readonly warnings: readonly string[];
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A variable of the environment that is not what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'configuration-wrong';
}

type Environment = { readonly [name: string]: string | undefined };

/**
 * Reads and checks the environment. A secret `X` may also be given as `X_FILE`, the path of a file that holds it.
 * @throws ConfigError that names the variable, what it got (never for a secret) and what it takes.
 */
export function readConfig(environment: Environment, folder: string = process.cwd()): Config {
  const path = (name: string, fallback: string): string => resolve(folder, environment[name] || fallback);
  const dataFolder = path('ARDOISE_DATA', '.ardoise');
  const keysFolder = path('ARDOISE_KEYS', '.ardoise-keys');
  const databaseUrl = databaseUrlOf(secret(environment, 'DATABASE_URL'));
  return {
    port: whole(environment, 'PORT', 3000, 0, 65_535),
    host: hostOf(environment.HOST),
    dataFolder,
    keysFolder,
    policiesFolder: path('ARDOISE_POLICIES', shippedPolicies()),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    eventStore: choice(environment, 'EVENT_STORE', ['postgres'], 'postgres'),
    logLevel: choice(environment, 'LOG_LEVEL', logLevels, 'info'),
    work: choice(environment, 'ARDOISE_WORK', ['on', 'off'], 'on') === 'on',
    keyLeaseMilliseconds: whole(environment, 'ARDOISE_KEY_LEASE_MS', 30_000, 0, 600_000),
    residueDays: whole(environment, 'ARDOISE_RESIDUE_DAYS', 30, 1, 365),
    bodyLimit: whole(environment, 'ARDOISE_BODY_LIMIT', 1_048_576, 1_024, 104_857_600),
    warnings: isInside(keysFolder, dataFolder)
      ? [`ARDOISE_KEYS (${keysFolder}) lies inside ARDOISE_DATA: a backup of the data would hold the key that seals it`]
      : [],
  };
}

/** The profiles that ship with Ardoise: in the folder of the package that this code belongs to. */
function shippedPolicies(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'policies');
}

/** A value given directly or as the path of a file; never both. */
function secret(environment: Environment, name: string): string | undefined {
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === '') return environment[name] || undefined;
  if (environment[name]) throw new ConfigError(`${name} and ${name}_FILE are both set; set one of them`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new ConfigError(`${name}_FILE names a file that cannot be read: ${file}`);
  }
}

function databaseUrlOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (!/^postgres(ql)?:\/\/./.test(value) || !URL.canParse(value)) {
    throw new ConfigError(
      'DATABASE_URL must be a connection string such as postgresql://user:password@host:5432/ardoise',
    );
  }
  return value;
}

const loopback = ['127.0.0.1', '::1', 'localhost'];

function hostOf(value: string | undefined): string {
  const host = value || '127.0.0.1';
  if (!loopback.includes(host)) {
    throw new ConfigError(
      `HOST is "${host}"; until Ardoise has access control, everybody who reaches it may read and write everything, ` +
        `so it listens on the loopback interface only: ${loopback.join(', ')}`,
    );
  }
  return host;
}

function whole(environment: Environment, name: string, fallback: number, min: number, max: number): number {
  const value = environment[name];
  if (value === undefined || value === '') return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw new ConfigError(`${name} is "${value}"; it takes a whole number from ${min} to ${max}`);
  }
  return number;
}

function choice<const T extends string>(environment: Environment, name: string, values: readonly T[], fallback: T): T {
  const value = environment[name];
  if (value === undefined || value === '') return fallback;
  if (!values.includes(value as T)) {
    throw new ConfigError(`${name} is "${value}"; it takes one of ${values.join(', ')}`);
  }
  return value as T;
}

function isInside(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return path === '' || (!path.startsWith('..') && !isAbsolute(path));
}

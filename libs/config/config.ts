import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { choice, ConfigError, type Environment, secret, whole } from './environment';
import { type EventStoreConfig, eventStoreOf } from './event-store';
import { keyEncryptionOf, type KeyEncryptionConfig } from './key-encryption';
import { type LedgerKeyConfig, ledgerKeyOf } from './ledger-keys';
import { type MailConfig, mailOf } from './mail';
import { type TimestampConfig, timestampsOf } from './timestamps';

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
  /** The engine of the log. */
  readonly eventStore: EventStoreConfig;
  readonly logLevel: LogLevel;
  /** Whether this process also runs projections and reactions; a separate worker does otherwise. */
  readonly work: boolean;
  /** Longest time, in milliseconds, that an opened key stays usable after its destruction. */
  readonly keyLeaseMilliseconds: number;
  /** Days within which no file of the database keeps bytes of a row that is forgotten. */
  readonly residueDays: number;
  /** What wraps group keys, and how it is reached. */
  readonly keyEncryption: KeyEncryptionConfig;
  /** Where keys that sign the ledger are made. */
  readonly ledgerKey: LedgerKeyConfig;
  /** Who stamps checkpoints of the ledger; absent: nobody. */
  readonly timestamps?: TimestampConfig;
  /** Days after which a schedule begins a new epoch of keys; 0 for never. */
  readonly keyEpochDays: number;
  /** Days for which the keys of an old epoch are kept after a rotation: no older backup brings anything back. */
  readonly keyHorizonDays: number;
  /**
   * What the names of the ledger's trees begin with (c2sp.org/tlog-checkpoint, origin); absent: made of the id of the
   * first key of the ledger.
   */
  readonly ledgerOrigin?: string;
  /** Absolute path of a trust policy (c2sp.org/tlog-policy): which witnesses are asked to cosign, and how many suffice. */
  readonly ledgerPolicy?: string;
  /** Most bytes of a request's body. */
  readonly bodyLimit: number;
  /** Most bytes of a document. */
  readonly blobLimit: number;
  /** Which addresses webhooks may go to: `public`, over https; `any`, for development. */
  readonly webhookReceivers: 'public' | 'any';
  /** Longest time, in milliseconds, that a receiver of webhooks may take. */
  readonly webhookTimeoutMilliseconds: number;
  /** The mail server, or a folder in its place, and whom messages come from; absent: nothing is mailed. */
  readonly mail?: MailConfig;
  /** Most clients that follow changes live in this process. */
  readonly feedClients: number;
  /** How often a client that follows changes is given a sign of life; after twice as long, one that takes nothing is cut off. */
  readonly feedHeartbeatMilliseconds: number;
  /** Where others reach this server, without a slash at its end: for addresses that are handed out; absent: none are. */
  readonly publicUrl?: string;
  /** What an operator should know before going on. */
  readonly warnings: readonly string[];
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * Reads and checks the environment. A secret `X` may also be given as `X_FILE`, the path of a file that holds it.
 * @throws ConfigError that names the variable, what it got (never for a secret) and what it takes.
 */
export function readConfig(environment: Environment, folder: string = process.cwd()): Config {
  const path = (name: string, fallback: string): string => resolve(folder, environment[name] || fallback);
  const dataFolder = path('ARDOISE_DATA', '.ardoise');
  const keysFolder = path('ARDOISE_KEYS', '.ardoise-keys');
  const timestamps = timestampsOf(environment);
  const mail = mailOf(environment, (given) => resolve(folder, given));
  const ledgerOrigin = originOf(environment.ARDOISE_LEDGER_ORIGIN);
  const databaseUrl = databaseUrlOf(secret(environment, 'DATABASE_URL'));
  const publicUrl = publicUrlOf(environment.ARDOISE_PUBLIC_URL);
  return {
    port: whole(environment, 'PORT', 3000, 0, 65_535),
    host: hostOf(environment.HOST),
    dataFolder,
    keysFolder,
    policiesFolder: path('ARDOISE_POLICIES', shippedPolicies()),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(ledgerOrigin === undefined ? {} : { ledgerOrigin }),
    ...(environment.ARDOISE_LEDGER_POLICY ? { ledgerPolicy: path('ARDOISE_LEDGER_POLICY', '') } : {}),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    eventStore: eventStoreOf(environment),
    logLevel: choice(environment, 'LOG_LEVEL', logLevels, 'info'),
    work: choice(environment, 'ARDOISE_WORK', ['on', 'off'], 'on') === 'on',
    keyLeaseMilliseconds: whole(environment, 'ARDOISE_KEY_LEASE_MS', 30_000, 0, 600_000),
    residueDays: whole(environment, 'ARDOISE_RESIDUE_DAYS', 30, 1, 365),
    keyEncryption: keyEncryptionOf(environment),
    ledgerKey: ledgerKeyOf(environment),
    ...(timestamps === undefined ? {} : { timestamps }),
    ...(mail === undefined ? {} : { mail }),
    keyEpochDays: whole(environment, 'ARDOISE_KEY_EPOCH_DAYS', 30, 0, 3_650),
    keyHorizonDays: whole(environment, 'ARDOISE_KEY_HORIZON_DAYS', 35, 0, 3_650),
    bodyLimit: whole(environment, 'ARDOISE_BODY_LIMIT', 1_048_576, 1_024, 104_857_600),
    blobLimit: whole(environment, 'ARDOISE_BLOB_LIMIT', 26_214_400, 1_024, 1_073_741_824),
    webhookReceivers: choice(environment, 'ARDOISE_WEBHOOK_RECEIVERS', ['public', 'any'], 'public'),
    webhookTimeoutMilliseconds: whole(environment, 'ARDOISE_WEBHOOK_TIMEOUT_MS', 15_000, 100, 30_000),
    feedClients: whole(environment, 'ARDOISE_FEED_CLIENTS', 200, 0, 10_000),
    feedHeartbeatMilliseconds: whole(environment, 'ARDOISE_FEED_HEARTBEAT_MS', 15_000, 50, 300_000),
    warnings: warningsOf(environment, { keysFolder, dataFolder, mail }),
  };
}

function warningsOf(
  environment: Environment,
  {
    keysFolder,
    dataFolder,
    mail,
  }: Pick<Config, 'keysFolder' | 'dataFolder'> & { readonly mail: MailConfig | undefined },
): string[] {
  const inside = `ARDOISE_KEYS (${keysFolder}) lies inside ARDOISE_DATA: a backup of the data would hold the key that seals it`;
  const anywhere =
    'ARDOISE_WEBHOOK_RECEIVERS is "any": webhooks go to any address, also in clear and into private networks; for development only';
  return [
    ...(isInside(keysFolder, dataFolder) ? [inside] : []),
    ...(environment.ARDOISE_WEBHOOK_RECEIVERS === 'any' ? [anywhere] : []),
    ...(mail && 'folder' in mail
      ? [`ARDOISE_MAIL_FOLDER (${mail.folder}) takes letters in clear, which reach nobody until somebody sends them`]
      : []),
  ];
}

/** The profiles that ship with Ardoise: in the folder of the package that this code belongs to. */
function shippedPolicies(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'policies');
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

/** A URL without its schema, so that nobody else has it: a host, and perhaps a path. */
function originOf(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (/^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[A-Za-z0-9._~-]+)*$/.test(value) && value.length <= 200) return value;
  throw new ConfigError(
    `ARDOISE_LEDGER_ORIGIN is "${value}"; it takes a name of yours as in a URL, without "https://" and without a ` +
      'slash at its end, such as records.example.org/ardoise',
  );
}

function publicUrlOf(value: string | undefined): string | undefined {
  if (!value) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '') {
    return (url.origin + url.pathname).replace(/\/+$/, '');
  }
  throw new ConfigError(
    `ARDOISE_PUBLIC_URL is "${value}"; it takes the address where others reach this server, such as https://records.example.org`,
  );
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

function isInside(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return path === '' || (!path.startsWith('..') && !isAbsolute(path));
}

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { choice, ConfigError, type Environment, secret } from './environment';

export type EventStoreConfig =
  | { readonly kind: 'postgres' }
  /** A connection string as its client takes it; with a password, perhaps. */
  | { readonly kind: 'eventstoredb'; readonly url: string };

const variable = 'EVENTSTORE_URL';
// The client reads no address of IPv6, and a user or password only up to a colon or a slash.
const host = String.raw`[A-Za-z0-9._-]+(?::(\d{1,5}))?`;
const pattern = new RegExp(
  `^(esdb|esdb\\+discover)://(?:([^:@/?,]+:[^:@/?]+)@)?(${host}(?:,${host})*)/?(?:\\?([^?#@]+))?$`,
);

const takes = {
  tls: /^(true|false)$/,
  tlsCAFile: /./,
  userCertFile: /./,
  userKeyFile: /./,
  connectionName: /./,
  keepAliveInterval: /^(-1|\d+)$/,
  keepAliveTimeout: /^(-1|\d+)$/,
  discoveryInterval: /^\d+$/,
  gossipTimeout: /^\d+$/,
  maxDiscoverAttempts: /^\d+$/,
} as const;

/** What the client takes and we leave to it. Where to read and write is not the operator's: it is the leader. */
type Option = keyof typeof takes;

/** @throws ConfigError that never shows the connection string, which may hold a password */
export function eventStoreOf(environment: Environment): EventStoreConfig {
  const kind = choice(environment, 'EVENT_STORE', ['postgres', 'eventstoredb'], 'postgres');
  if (kind === 'postgres') return { kind };
  const url = secret(environment, variable);
  if (url === undefined) {
    throw new ConfigError(
      `${variable} is not set; with EVENT_STORE=eventstoredb it takes a connection string such as ` +
        'esdb://user:password@node1:2113,node2:2113,node3:2113',
    );
  }
  return eventStoreAt(variable, url);
}

/**
 * A log on EventStoreDB at an address; `name` says where that was given.
 * @throws ConfigError that never shows the connection string, which may hold a password
 */
export function eventStoreAt(name: string, url: string): Extract<EventStoreConfig, { kind: 'eventstoredb' }> {
  check(name, url);
  return { kind: 'eventstoredb', url };
}

function check(name: string, url: string): void {
  const found = pattern.exec(url);
  if (!found) {
    throw new ConfigError(
      `${name} must be a connection string such as esdb://user:password@host:2113, or esdb+discover://name; ` +
        'hosts are names or IPv4 addresses, and what is special in a user or a password is percent-encoded',
    );
  }
  const [, scheme, user, hosts = '', , , query = ''] = found;
  const nodes = hosts.split(',');
  if (scheme === 'esdb+discover' && nodes.length > 1) {
    throw new ConfigError(`${name} begins with esdb+discover:// and names several hosts; it takes one, or esdb://`);
  }
  const port = nodes.map((node) => Number(node.split(':')[1] ?? 2113)).find((one) => one < 1 || one > 65_535);
  if (port !== undefined) throw new ConfigError(`${name} has the port ${port}; it takes one from 1 to 65535`);
  if (user !== undefined && !isEncoded(user)) {
    throw new ConfigError(`${name} has a user or a password with a "%" that begins no percent-encoded character`);
  }
  const options = optionsOf(name, query);
  const isSecure = options.get('tls') !== 'false';
  if (user !== undefined && !isSecure) {
    throw new ConfigError(
      `${name} has a user and tls=false; without TLS no password is sent: leave one of the two out`,
    );
  }
  checkFiles(name, options, isSecure);
}

function optionsOf(name: string, query: string): ReadonlyMap<Option, string> {
  const options = new Map<Option, string>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const at = pair.indexOf('=');
    const option = (at < 0 ? pair : pair.slice(0, at)) as Option;
    const value = at < 0 ? '' : pair.slice(at + 1);
    if (!Object.hasOwn(takes, option)) {
      throw new ConfigError(`${name} has an option "${option}"; it takes ${Object.keys(takes).join(', ')}`);
    }
    if (!takes[option].test(value) || !isEncoded(value)) {
      const right = /\\d/.test(takes[option].source)
        ? 'a whole number'
        : option === 'tls'
          ? 'true or false'
          : 'a value';
      throw new ConfigError(`${name} has the option ${option} as "${value}"; it takes ${right}`);
    }
    options.set(option, decodeURIComponent(value));
  }
  return options;
}

function checkFiles(name: string, options: ReadonlyMap<Option, string>, isSecure: boolean): void {
  const files = (['tlsCAFile', 'userCertFile', 'userKeyFile'] as const).filter((option) => options.has(option));
  for (const option of files) {
    const path = options.get(option)!;
    if (!isSecure) throw new ConfigError(`${name} has ${option} and tls=false; leave one of the two out`);
    const content = contentOf(path);
    if (content === undefined) throw new ConfigError(`${name}: ${option} names a file that cannot be read: ${path}`);
    if (option !== 'userKeyFile' && !isCertificate(content)) {
      throw new ConfigError(`${name}: ${option} is ${path}; it takes a file with a certificate in PEM`);
    }
  }
  if (options.has('userCertFile') !== options.has('userKeyFile')) {
    throw new ConfigError(`${name} has one of userCertFile and userKeyFile; it takes both or none`);
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function isCertificate(content: Buffer): boolean {
  try {
    return content.includes('-----BEGIN CERTIFICATE-----') && new X509Certificate(content).subject !== undefined;
  } catch {
    return false;
  }
}

function isEncoded(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false;
  }
}

import { choice, ConfigError, type Environment, secret } from './environment';

export type EventStoreConfig =
  | { readonly kind: 'postgres' }
  /** A connection string as its client takes it; with a password, perhaps. */
  | { readonly kind: 'eventstoredb'; readonly url: string };

const host = String.raw`(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?`;
const pattern = new RegExp(`^esdb(\\+discover)?://(?:[^:@/?]+:[^@/?]+@)?${host}(?:,${host})*/?(?:\\?([^?#]+))?$`);

/** What the client takes and we leave to it. Where to read and write is not the operator's: it is the leader. */
const options = [
  ...['tls', 'tlsCAFile', 'userCertFile', 'userKeyFile', 'connectionName'],
  ...['keepAliveInterval', 'keepAliveTimeout', 'discoveryInterval', 'gossipTimeout', 'maxDiscoverAttempts'],
];

/** @throws ConfigError that never shows the connection string, which may hold a password */
export function eventStoreOf(environment: Environment): EventStoreConfig {
  const kind = choice(environment, 'EVENT_STORE', ['postgres', 'eventstoredb'], 'postgres');
  if (kind === 'postgres') return { kind };
  const url = secret(environment, 'EVENTSTORE_URL');
  if (url === undefined) {
    throw new ConfigError(
      'EVENTSTORE_URL is not set; with EVENT_STORE=eventstoredb it takes a connection string such as ' +
        'esdb://user:password@node1:2113,node2:2113,node3:2113',
    );
  }
  return eventStoreAt('EVENTSTORE_URL', url);
}

/**
 * A log on EventStoreDB at an address; `name` says where that was given.
 * @throws ConfigError that never shows the connection string, which may hold a password
 */
export function eventStoreAt(name: string, url: string): Extract<EventStoreConfig, { kind: 'eventstoredb' }> {
  const found = pattern.exec(url);
  if (!found) {
    throw new ConfigError(
      `${name} must be a connection string such as esdb://user:password@host:2113, or esdb+discover://name`,
    );
  }
  const names = [...new URLSearchParams(found[2] ?? '').keys()];
  const other = names.find((option) => !options.includes(option));
  if (other !== undefined) {
    throw new ConfigError(`${name} has an option "${other}"; it takes ${options.join(', ')}`);
  }
  return { kind: 'eventstoredb', url };
}

import type { Migration } from '@ardoise/postgres';

/**
 * Who is told of what. No read model and not in the log: an address of a receiver often is a secret, and what stands in
 * the log is handed to auditors for ever. `given`: which units' content a receiver was given, by the units' random ids,
 * so that it can be told when one is corrected, restricted or erased; nothing in it leads to a person.
 */
export const webhookMigrations: readonly Migration[] = [
  {
    id: 'webhooks-001-subscriptions',
    statements: `
CREATE SCHEMA webhooks AUTHORIZATION ardoise_read;
CREATE TABLE webhooks.subscriptions (
  organisation text NOT NULL,
  subscription text NOT NULL,
  url text NOT NULL,
  types jsonb NOT NULL,
  role text,
  categories jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
  paused_because text,
  after_position bigint NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (organisation, subscription)
);
CREATE TABLE webhooks.secrets (
  organisation text NOT NULL,
  subscription text NOT NULL,
  generation integer NOT NULL,
  sealed bytea NOT NULL,
  valid_until timestamptz,
  PRIMARY KEY (organisation, subscription, generation)
);
CREATE TABLE webhooks.replays (
  organisation text NOT NULL,
  subscription text NOT NULL,
  feed text NOT NULL,
  from_instant timestamptz NOT NULL,
  until_instant timestamptz NOT NULL,
  PRIMARY KEY (organisation, feed)
);
CREATE TABLE webhooks.given (
  organisation text NOT NULL,
  subscription text NOT NULL,
  unit text NOT NULL,
  category text NOT NULL,
  day text,
  PRIMARY KEY (organisation, subscription, unit)
);
CREATE INDEX given_by_unit ON webhooks.given (organisation, unit);
CREATE INDEX given_by_day ON webhooks.given (organisation, category, day) WHERE day IS NOT NULL;
ALTER TABLE webhooks.subscriptions OWNER TO ardoise_read;
ALTER TABLE webhooks.secrets ALTER COLUMN sealed SET STATISTICS 0, OWNER TO ardoise_read;
ALTER TABLE webhooks.replays OWNER TO ardoise_read;
ALTER TABLE webhooks.given OWNER TO ardoise_read;`,
  },
];

import { leaseTable } from '@ardoise/lanes';
import type { Migration } from '@ardoise/postgres';

/**
 * What is to be told to others: where it follows from, and how far the telling is. No content: an entry is made when it
 * is delivered, from what can be opened then, so that there is nothing here to forget.
 */
export const outboxMigrations: readonly Migration[] = [
  {
    id: 'outbox-001-entries',
    statements: `
CREATE SCHEMA outbox AUTHORIZATION ardoise_read;
${leaseTable('outbox.lanes')}
CREATE TABLE outbox.feeds (
  organisation text NOT NULL,
  feed text NOT NULL,
  position bigint NOT NULL,
  until bigint,
  PRIMARY KEY (organisation, feed)
);
CREATE TABLE outbox.destinations (
  organisation text NOT NULL,
  destination text NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  open_until timestamptz,
  PRIMARY KEY (organisation, destination)
);
CREATE TABLE outbox.entries (
  organisation text NOT NULL,
  destination text NOT NULL,
  key text NOT NULL,
  stream text NOT NULL,
  position bigint NOT NULL,
  kind text NOT NULL,
  detail jsonb NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead', 'dismissed')),
  enqueued_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  next_try timestamptz,
  tried_at timestamptz,
  ended_at timestamptz,
  error_code text,
  status integer,
  replays integer NOT NULL DEFAULT 0,
  PRIMARY KEY (organisation, destination, key)
);
CREATE INDEX entries_pending ON outbox.entries (organisation, destination, position, key) WHERE state = 'pending';
CREATE INDEX entries_waiting ON outbox.entries (organisation, destination, stream)
  WHERE state = 'pending' AND next_try IS NOT NULL;
CREATE INDEX entries_by_position ON outbox.entries (organisation, destination, position DESC, key DESC);
CREATE INDEX entries_ended ON outbox.entries (ended_at) WHERE state IN ('delivered', 'dismissed');
ALTER TABLE outbox.lanes OWNER TO ardoise_read;
ALTER TABLE outbox.feeds OWNER TO ardoise_read;
ALTER TABLE outbox.destinations OWNER TO ardoise_read;
ALTER TABLE outbox.entries OWNER TO ardoise_read;`,
  },
];

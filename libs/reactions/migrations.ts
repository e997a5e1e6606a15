import { leaseTable } from '@ardoise/lanes';
import type { Migration } from '@ardoise/postgres';

/** Checkpoints of durable steps. They are not rebuilt from the log: what was done has been done. */
export const reactionMigrations: readonly Migration[] = [
  {
    id: 'reactions-001-checkpoints',
    statements: `
CREATE SCHEMA reactions AUTHORIZATION ardoise_read;
${leaseTable('reactions.lanes')}
CREATE TABLE reactions.checkpoints (
  organisation text NOT NULL,
  reaction text NOT NULL,
  position bigint NOT NULL,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopped')),
  error_code text,
  error_event text,
  error_position bigint,
  PRIMARY KEY (organisation, reaction)
);
ALTER TABLE reactions.lanes OWNER TO ardoise_read;
ALTER TABLE reactions.checkpoints OWNER TO ardoise_read;`,
  },
  {
    // What a program that does not know it stopped at, for the next one to see whether it does.
    id: 'reactions-002-unknown-versions',
    statements: `ALTER TABLE reactions.checkpoints ADD COLUMN error_type text, ADD COLUMN error_schema bigint;`,
  },
  {
    id: 'reactions-003-dismissals',
    statements: `
CREATE TABLE reactions.dismissals (
  organisation text NOT NULL,
  reaction text NOT NULL,
  event text NOT NULL,
  position bigint NOT NULL,
  code text NOT NULL,
  dismissed_at timestamptz NOT NULL,
  PRIMARY KEY (organisation, reaction, event)
);
ALTER TABLE reactions.dismissals OWNER TO ardoise_read;`,
  },
  {
    // What a reaction gave up, and what waits behind it in its stream; the checkpoint is beyond them.
    id: 'reactions-004-parked',
    statements: `
CREATE TABLE reactions.parked (
  organisation text NOT NULL,
  reaction text NOT NULL,
  position bigint NOT NULL,
  event text NOT NULL,
  stream text NOT NULL,
  code text,
  PRIMARY KEY (organisation, reaction, position)
);
CREATE INDEX parked_streams ON reactions.parked (organisation, reaction, stream, position);
ALTER TABLE reactions.parked OWNER TO ardoise_read;`,
  },
];

import type { Migration } from '@ardoise/postgres';

/**
 * Ends under way: days, units whose date has come, organisations. No read models: they are the memory of processes. Of
 * a day and of an organisation the signed receipt stays; a list of units goes as soon as everybody has forgotten them.
 */
export const endMigrations: readonly Migration[] = [
  {
    id: 'keys-001-ends',
    statements: `
CREATE SCHEMA keys AUTHORIZATION ardoise_read;
CREATE TABLE keys.day_ends (
  organisation text NOT NULL,
  category text NOT NULL,
  day date NOT NULL,
  state text NOT NULL CHECK (state IN ('begun', 'destroyed', 'completed')),
  before_its_time text,
  units integer,
  groups jsonb,
  position bigint,
  destroyed_at timestamptz,
  receipt jsonb,
  PRIMARY KEY (organisation, category, day)
);
CREATE INDEX day_ends_under_way ON keys.day_ends (organisation) WHERE state <> 'completed';
CREATE TABLE keys.kept_ends (
  organisation text NOT NULL,
  batch text NOT NULL,
  state text NOT NULL CHECK (state IN ('listed', 'destroyed')),
  units jsonb NOT NULL,
  position bigint,
  destroyed_at timestamptz,
  PRIMARY KEY (organisation, batch)
);
-- One list at a time: two would name units twice.
CREATE UNIQUE INDEX kept_ends_listed ON keys.kept_ends (organisation) WHERE state = 'listed';
CREATE TABLE keys.organisation_ends (
  organisation text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('begun', 'closed', 'exported', 'recorded', 'destroyed', 'completed')),
  closed_at timestamptz,
  export jsonb,
  groups jsonb,
  position bigint,
  destroyed_at timestamptz,
  receipt jsonb
);
ALTER TABLE keys.day_ends ALTER COLUMN groups SET STATISTICS 0, OWNER TO ardoise_read;
ALTER TABLE keys.kept_ends ALTER COLUMN units SET STATISTICS 0, OWNER TO ardoise_read;
ALTER TABLE keys.organisation_ends OWNER TO ardoise_read;`,
  },
  {
    // What failed last, and is tried again; the last long reader that an end waits for.
    id: 'keys-002-failures',
    statements: `
CREATE TABLE keys.end_failures (
  process text NOT NULL,
  organisation text NOT NULL,
  id text NOT NULL,
  failures integer NOT NULL,
  code text NOT NULL,
  failed_at timestamptz NOT NULL,
  next_try timestamptz NOT NULL,
  PRIMARY KEY (process, organisation, id)
);
ALTER TABLE keys.end_failures OWNER TO ardoise_read;
ALTER TABLE keys.day_ends ADD readers_mark bigint;
ALTER TABLE keys.kept_ends ADD readers_mark bigint;
ALTER TABLE keys.organisation_ends ADD readers_mark bigint;`,
  },
];

import { leaseTable } from '@ardoise/lanes';
import type { Migration } from '@ardoise/postgres';

/**
 * The runtime's own tables. The role ardoise_read owns both schemas and makes the read-model tables itself, since a
 * rebuild makes, swaps and drops tables.
 */
export const projectionMigrations: readonly Migration[] = [
  {
    id: 'read-001-runtime',
    statements: `
CREATE SCHEMA read AUTHORIZATION ardoise_read;
CREATE SCHEMA read_rebuild AUTHORIZATION ardoise_read;
${leaseTable('read.lanes')}
CREATE TABLE read.checkpoints (
  organisation text NOT NULL,
  projection text NOT NULL,
  generation text NOT NULL CHECK (generation IN ('live', 'shadow')),
  version integer NOT NULL,
  position bigint NOT NULL,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopped')),
  error_code text,
  error_event text,
  error_position bigint,
  PRIMARY KEY (organisation, projection, generation)
);
CREATE TABLE read.forgotten_units (
  organisation text NOT NULL,
  unit text NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (organisation, unit)
);
ALTER TABLE read.lanes OWNER TO ardoise_read;
ALTER TABLE read.checkpoints OWNER TO ardoise_read;
ALTER TABLE read.forgotten_units OWNER TO ardoise_read;`,
  },
  {
    // Which units rows of a day came from, and what has ended for good. A rebuild that was interrupted begins anew: what
    // it has made so far is not in the list of units.
    id: 'read-002-days',
    statements: `
CREATE TABLE read.day_units (
  organisation text NOT NULL,
  generation text NOT NULL CHECK (generation IN ('live', 'shadow')),
  category text NOT NULL,
  day date NOT NULL,
  unit text NOT NULL,
  PRIMARY KEY (organisation, generation, category, day, unit)
);
CREATE TABLE read.ended_days (
  organisation text NOT NULL,
  category text NOT NULL,
  day date NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (organisation, category, day)
);
CREATE TABLE read.ended_organisations (
  organisation text PRIMARY KEY,
  position bigint NOT NULL
);
ALTER TABLE read.day_units ALTER COLUMN unit SET STATISTICS 0;
ALTER TABLE read.day_units OWNER TO ardoise_read;
ALTER TABLE read.ended_days OWNER TO ardoise_read;
ALTER TABLE read.ended_organisations OWNER TO ardoise_read;
DELETE FROM read.checkpoints WHERE generation = 'shadow';`,
  },
  {
    // What a program that does not know it stopped at, for the next one to see whether it does.
    id: 'read-003-unknown-versions',
    statements: `ALTER TABLE read.checkpoints ADD COLUMN error_type text, ADD COLUMN error_schema bigint;`,
  },
];

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
];

import type { Migration } from '@ardoise/postgres';

/**
 * What the processes that live can read, and in which versions events are written. No part of a backup: it says who
 * runs here and now.
 * @param first `type/version` of all that every program knew before programs announced what they know. Never changed.
 */
export function versionMigrations(first: readonly string[]): readonly Migration[] {
  return [
    {
      id: 'versions-001-announcements',
      statements: `
CREATE SCHEMA versions;
CREATE TABLE versions.announcements (
  process text PRIMARY KEY,
  name text NOT NULL,
  -- The session by which the process is present in the database.
  session integer NOT NULL,
  knows text[] NOT NULL,
  leased_until timestamptz NOT NULL
);
-- Only ever grows: what was written once has to be read for ever.
CREATE TABLE versions.in_use (
  version text PRIMARY KEY,
  -- Null: from before there were announcements.
  since timestamptz
);
INSERT INTO versions.in_use (version) VALUES ${first.map((version) => `('${version}')`).join(', ')};
GRANT USAGE ON SCHEMA versions TO ardoise_log;
GRANT SELECT, INSERT, UPDATE, DELETE ON versions.announcements TO ardoise_log;
GRANT SELECT, INSERT ON versions.in_use TO ardoise_log;`,
    },
  ];
}

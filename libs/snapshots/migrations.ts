import type { Migration } from '@ardoise/postgres';

/**
 * States of long streams, sealed. In no backup: each follows from the log, and one that does not fit the log that is
 * there is not used.
 */
export const snapshotMigrations: readonly Migration[] = [
  {
    id: 'snapshots-001-snapshots',
    statements: `
CREATE SCHEMA snapshots;
CREATE TABLE snapshots.snapshots (
  organisation text NOT NULL,
  stream text NOT NULL,
  -- Whose state it is, of which version, folded from which versions of events.
  form text NOT NULL,
  -- How many events it was folded from.
  events bigint NOT NULL,
  -- Canonical JSON, in clear: the digest of the last of these events, and the units that were looked at, each with its
  -- fingerprint and whether it opened. Bound to what is sealed.
  place text NOT NULL,
  sealed bytea NOT NULL,
  kept_at timestamptz NOT NULL,
  PRIMARY KEY (organisation, stream, form)
);
-- Ciphertext does not become shorter by trying.
ALTER TABLE snapshots.snapshots ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX snapshots_kept_at ON snapshots.snapshots (kept_at);
GRANT USAGE ON SCHEMA snapshots TO ardoise_log, ardoise_read;
GRANT SELECT, INSERT, UPDATE, DELETE ON snapshots.snapshots TO ardoise_log;
-- For the end of an organisation, which removes what names it.
GRANT DELETE, SELECT (organisation) ON snapshots.snapshots TO ardoise_read;`,
  },
];

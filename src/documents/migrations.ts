import type { Migration } from '@ardoise/postgres';

/**
 * The files that are on record, and under which unit: what removing and checking them goes by. No read model, for a read
 * model forgets a row with its unit, and then nobody would know which file to remove. It concerns nobody: all of it stands
 * in clear in the log. `written`: the file is there, its event may not be; `ending`: the file is being removed.
 */
export const documentMigrations: readonly Migration[] = [
  {
    id: 'documents-001-blobs',
    statements: `
CREATE SCHEMA documents AUTHORIZATION ardoise_read;
CREATE TABLE documents.blobs (
  organisation text NOT NULL,
  blob text NOT NULL,
  document text NOT NULL,
  unit text NOT NULL,
  fingerprint text NOT NULL,
  length bigint NOT NULL,
  digest text NOT NULL,
  state text NOT NULL CHECK (state IN ('written', 'recorded', 'ending')),
  written_at timestamptz NOT NULL,
  PRIMARY KEY (organisation, blob)
);
CREATE INDEX blobs_by_unit ON documents.blobs (organisation, unit);
CREATE INDEX blobs_by_document ON documents.blobs (organisation, document);
CREATE TABLE documents.checks (
  organisation text PRIMARY KEY,
  checked_at timestamptz NOT NULL
);
ALTER TABLE documents.blobs OWNER TO ardoise_read;
ALTER TABLE documents.checks OWNER TO ardoise_read;`,
  },
];

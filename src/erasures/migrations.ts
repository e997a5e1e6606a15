import type { Migration } from '@ardoise/postgres';

/**
 * Erasures under way. No read model: it cannot be made from the log, on purpose. The nonce that the steps' command ids
 * are derived from is random and goes with the row, so that nothing leads afterwards from the request, which is kept for
 * years, to the keys that it ended. The receipt waits here until it is collected or its time is over.
 */
export const erasureMigrations: readonly Migration[] = [
  {
    id: 'erasures-001-processes',
    statements: `
CREATE SCHEMA erasures AUTHORIZATION ardoise_read;
CREATE TABLE erasures.processes (
  organisation text NOT NULL,
  erasure text NOT NULL,
  person text NOT NULL,
  nonce text NOT NULL,
  state text NOT NULL CHECK (state IN ('decided', 'destroyed', 'completed')),
  units jsonb,
  kept jsonb,
  fenced_position bigint,
  destroyed_at timestamptz,
  receipt jsonb,
  completed_at timestamptz,
  PRIMARY KEY (organisation, erasure)
);
ALTER TABLE erasures.processes
  ALTER COLUMN person SET STATISTICS 0, ALTER COLUMN nonce SET STATISTICS 0,
  ALTER COLUMN units SET STATISTICS 0, ALTER COLUMN kept SET STATISTICS 0, ALTER COLUMN receipt SET STATISTICS 0,
  OWNER TO ardoise_read;`,
  },
];

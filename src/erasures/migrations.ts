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
  {
    // One that had its list of units had done all that comes before it.
    id: 'erasures-002-steps',
    statements: `
ALTER TABLE erasures.processes DROP CONSTRAINT processes_state_check;
UPDATE erasures.processes SET state = 'kept-recorded' WHERE state = 'decided' AND units IS NOT NULL;
ALTER TABLE erasures.processes
  ADD CONSTRAINT processes_state_check CHECK (state IN
    ('decided', 'fenced', 'released', 'kept-recorded', 'keys-named', 'destroyed', 'forgotten', 'completed')),
  ALTER COLUMN person DROP NOT NULL,
  ADD COLUMN decided_at timestamptz,
  ADD COLUMN persons jsonb,
  ADD COLUMN keeping jsonb,
  ADD COLUMN begun_again boolean NOT NULL DEFAULT false,
  ADD COLUMN readers_mark bigint,
  ADD COLUMN owner text,
  ADD COLUMN lease_fence bigint NOT NULL DEFAULT 0,
  ADD COLUMN leased_until timestamptz,
  ADD COLUMN failures integer NOT NULL DEFAULT 0,
  ADD COLUMN error_code text,
  ADD COLUMN failed_at timestamptz,
  ADD COLUMN next_try timestamptz,
  ALTER COLUMN persons SET STATISTICS 0, ALTER COLUMN keeping SET STATISTICS 0;
CREATE INDEX processes_under_way ON erasures.processes (state, next_try) WHERE state <> 'completed';
CREATE TABLE erasures.recalled (
  organisation text PRIMARY KEY,
  position bigint NOT NULL,
  header_digest text
);
ALTER TABLE erasures.recalled OWNER TO ardoise_read;
INSERT INTO erasures.recalled (organisation, position)
SELECT organisation, position FROM reactions.checkpoints WHERE reaction = 'erasure';`,
  },
];

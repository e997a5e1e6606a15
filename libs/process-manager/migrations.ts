import { leaseTable } from '@ardoise/lanes';
import type { Migration } from '@ardoise/postgres';

/**
 * When to look at which process again, and what it is still to be told of: made from the log, and made again from it
 * where it is lost. Stream ids, positions and codes, nothing personal.
 */
export const processManagerMigrations: readonly Migration[] = [
  {
    id: 'process-managers-001-instances',
    statements: `
CREATE SCHEMA process_managers AUTHORIZATION ardoise_read;
${leaseTable('process_managers.lanes')}
CREATE TABLE process_managers.instances (
  organisation text NOT NULL,
  process text NOT NULL,
  stream text NOT NULL,
  calls bigint NOT NULL DEFAULT 1,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopped')),
  due_at timestamptz NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  error_code text,
  stands_at text,
  failed_at timestamptz,
  PRIMARY KEY (organisation, process, stream)
);
CREATE INDEX instances_due ON process_managers.instances (organisation, process, due_at) WHERE state = 'running';
CREATE TABLE process_managers.inbox (
  organisation text NOT NULL,
  process text NOT NULL,
  stream text NOT NULL,
  position bigint NOT NULL,
  event text NOT NULL,
  PRIMARY KEY (organisation, process, stream, position)
);
CREATE TABLE process_managers.dismissals (
  organisation text NOT NULL,
  process text NOT NULL,
  stream text NOT NULL,
  stands_at text NOT NULL,
  code text NOT NULL,
  reason text NOT NULL,
  dismissed_at timestamptz NOT NULL
);
CREATE INDEX dismissals_latest ON process_managers.dismissals (organisation, dismissed_at DESC);
ALTER TABLE process_managers.lanes OWNER TO ardoise_read;
ALTER TABLE process_managers.instances OWNER TO ardoise_read;
ALTER TABLE process_managers.inbox OWNER TO ardoise_read;
ALTER TABLE process_managers.dismissals OWNER TO ardoise_read;`,
  },
  {
    // A step that was let go, until the process was told: so letting go and going on are one statement.
    id: 'process-managers-002-let-go',
    statements: `
ALTER TABLE process_managers.instances
  ADD COLUMN let_go_step text, ADD COLUMN let_go_after text, ADD COLUMN let_go_done boolean;`,
  },
  {
    id: 'process-managers-003-pages',
    statements: `
CREATE INDEX instances_stopped ON process_managers.instances (organisation, failed_at, process, stream)
  WHERE state = 'stopped';
DROP INDEX process_managers.dismissals_latest;
CREATE INDEX dismissals_latest ON process_managers.dismissals (organisation, dismissed_at, process, stream, stands_at);`,
  },
];

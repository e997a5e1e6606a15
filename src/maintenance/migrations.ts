import type { Migration } from '@ardoise/postgres';

/**
 * What is remembered of this database's own files: when each table was last rewritten, and how many rows had been
 * changed or removed by then. No part of a backup: it says nothing of other files.
 */
export const maintenanceMigrations: readonly Migration[] = [
  {
    id: 'maintenance-001-rewrites',
    statements: `
CREATE SCHEMA maintenance;
CREATE TABLE maintenance.rewrites (
  name text PRIMARY KEY,
  changes bigint NOT NULL,
  -- Counters begin anew when the server's statistics are reset, also by a crash.
  counted_since text NOT NULL,
  rewritten_at timestamptz NOT NULL
);
CREATE TABLE maintenance.runs (
  what text PRIMARY KEY CHECK (what IN ('vacuum', 'rewrite')),
  at timestamptz NOT NULL
);`,
  },
];

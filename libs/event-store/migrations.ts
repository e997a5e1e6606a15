import { Migration } from '@ardoise/postgres';
import { appendAsExpectedFunction } from './append-as-expected-function.sql';
import { appendFunction } from './append-function.sql';
import { appendOneFunction } from './append-one-function.sql';
import { engineTable } from './engine.sql';
import { logTables } from './log-tables.sql';
import { movesTables } from './moves.sql';
import { firstPartitionBound, firstPartitionBoundValidated, partitions } from './partitions.sql';

/** The schema `log`, in order. */
export const eventStoreMigrations: readonly Migration[] = [
  { id: 'log-001-tables', statements: logTables },
  { id: 'log-002-append', statements: appendFunction },
  { id: 'log-003-append-as-expected', statements: appendAsExpectedFunction },
  { id: 'log-004-append-one', statements: appendOneFunction },
  { id: 'log-005-moves', statements: movesTables },
  { id: 'log-006-first-partition-bound', statements: firstPartitionBound },
  { id: 'log-007-first-partition-bound-validated', statements: firstPartitionBoundValidated },
  { id: 'log-008-partitions', statements: partitions },
  { id: 'log-009-engine', statements: engineTable },
];

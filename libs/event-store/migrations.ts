import { Migration } from '@ardoise/postgres';
import { appendFunction } from './append-function.sql';
import { logTables } from './log-tables.sql';

/** The schema `log`, in order. */
export const eventStoreMigrations: readonly Migration[] = [
  { id: 'log-001-tables', statements: logTables },
  { id: 'log-002-append', statements: appendFunction },
];

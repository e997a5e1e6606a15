import type { Migration } from '@ardoise/postgres';
import { checkpointsBySigning } from './first-of-day';
import { ledgerTables } from './tables.sql';

/** The schema `ledger`, in order; after the log's, of which it reads. */
export const ledgerMigrations: readonly Migration[] = [
  { id: 'ledger-001-tables', statements: ledgerTables },
  { id: 'ledger-002-checkpoints-by-signing', statements: checkpointsBySigning },
];

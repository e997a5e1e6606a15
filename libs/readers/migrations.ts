import type { Migration } from '@ardoise/postgres';

/** Who reads for long, in whatever process. Rows live as long as the reading; the numbers only grow. */
export const readerMigrations: readonly Migration[] = [
  {
    id: 'readers-001-readers',
    statements: `
CREATE SCHEMA readers AUTHORIZATION ardoise_read;
CREATE TABLE readers.readers (
  reader bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  organisation text NOT NULL,
  position bigint NOT NULL,
  heard_at timestamptz NOT NULL
);
ALTER TABLE readers.readers OWNER TO ardoise_read;`,
  },
];

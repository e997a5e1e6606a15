import type { Pool } from 'pg';

/** The engines that a log can lie on, as the configuration names them. */
export type EngineName = 'postgres' | 'eventstoredb';

/**
 * On which engine the records of this installation are, wherever that is: one row, and none as long as there are no records.
 * Servers write it once; only a move, under the database's owner, changes it. What was begun before there was this table is
 * told from what is here: a head without the mark, or a ledger that follows a log which is not here.
 */
export const engineTable = `
CREATE TABLE log.engine (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  name text NOT NULL CHECK (name IN ('postgres', 'eventstoredb'))
);
GRANT SELECT, INSERT ON log.engine TO ardoise_log;

DO $$ BEGIN
  IF EXISTS (SELECT FROM log.heads WHERE left_for IS NULL) THEN
    INSERT INTO log.engine (name) VALUES ('postgres');
  ELSIF NOT EXISTS (SELECT FROM log.heads) AND to_regclass('ledger.trees') IS NOT NULL THEN
    EXECUTE 'INSERT INTO log.engine (name) SELECT ''eventstoredb'' FROM ledger.trees LIMIT 1';
  END IF;
END $$;
`;

const undefinedTable = '42P01';

/** Undefined as long as there are no records, and in a database that was not brought to this version yet. */
export async function readEngine(pool: Pool): Promise<EngineName | undefined> {
  try {
    const { rows } = await pool.query<{ name: EngineName }>('SELECT name FROM log.engine');
    return rows[0]?.name;
  } catch (error) {
    if ((error as { code?: string }).code === undefinedTable) return undefined;
    throw error;
  }
}

/** Remembers where the first records are; gives where they are remembered to be, which may have been said before. */
export async function rememberEngine(pool: Pool, name: EngineName): Promise<EngineName> {
  await pool.query('INSERT INTO log.engine (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
  return (await readEngine(pool)) ?? name;
}

/** The log goes on there from now on. By a session of the database's owner, while neither side can be appended to. */
export async function moveEngine(
  ask: (text: string, values: readonly unknown[]) => Promise<unknown>,
  name: EngineName,
): Promise<void> {
  await ask('INSERT INTO log.engine (name) VALUES ($1) ON CONFLICT (one) DO UPDATE SET name = excluded.name', [name]);
}

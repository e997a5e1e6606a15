import { Pool } from 'pg';

/** Position of an organisation's last event; 0n when it has none. */
export async function readHead(pool: Pool, organisation: string): Promise<bigint> {
  const { rows } = await pool.query<{ position: string }>({
    name: 'log-head',
    text: 'SELECT position FROM log.heads WHERE organisation = $1',
    values: [organisation],
  });
  return BigInt(rows[0]?.position ?? 0);
}

/** Whether the heads bear the mark of a log that goes on elsewhere. */
export async function readIsLeft(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ left: boolean }>({
    name: 'log-left',
    text: 'SELECT EXISTS (SELECT FROM log.heads WHERE left_for IS NOT NULL) AS left',
  });
  return rows[0]?.left === true;
}

/** The organisations that have events, sorted. */
export async function readOrganisations(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ organisation: string }>({
    name: 'log-organisations',
    text: 'SELECT organisation FROM log.heads ORDER BY organisation',
  });
  return rows.map(({ organisation }) => organisation);
}

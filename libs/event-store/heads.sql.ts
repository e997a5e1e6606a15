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

/** The organisations that have events, sorted. */
export async function readOrganisations(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ organisation: string }>({
    name: 'log-organisations',
    text: 'SELECT organisation FROM log.heads ORDER BY organisation',
  });
  return rows.map(({ organisation }) => organisation);
}

import { setTimeout as delay } from 'node:timers/promises';
import { ClientBase } from 'pg';

/** The roles that sessions run under; none can log in. */
export const roles = ['ardoise_log', 'ardoise_vault', 'ardoise_read', 'ardoise_ledger'] as const;

/** 42501: the user may not. */
const insufficientPrivilege = '42501';
/** What creating or granting the same thing at the same time, from two databases of a server, fails with. */
const raceCodes = new Set(['23505', '42710', 'XX000', '40001']);

/** The database refuses us what an administrator has to do. */
export class MissingRolesError extends Error {
  override readonly name = 'MissingRolesError';
  readonly code = 'missing-roles';
}

/**
 * Makes the roles, which belong to the whole server, and lets the connecting user take them. Advisory locks do not
 * reach beyond one database, so two that start at once are let race, and the loser looks again.
 * @throws MissingRolesError with the SQL to run, when the user may not.
 */
export async function ensureRoles(client: ClientBase): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      for (const role of roles) await ensureRole(client, role);
      return;
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (code === insufficientPrivilege) throw await missingRoles(client, error);
      if (!raceCodes.has(code) || attempt >= 10) throw error;
      await delay(20 * attempt);
    }
  }
}

async function ensureRole(client: ClientBase, role: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount === 0) await client.query(`CREATE ROLE ${role} NOLOGIN`);
  if (!(await canTake(client, role))) await client.query(grant(role, 'CURRENT_USER', await majorVersion(client)));
}

/** From PostgreSQL 16 on, to be a member and to be allowed to take the role are two things. */
async function canTake(client: ClientBase, role: string): Promise<boolean> {
  const right = (await majorVersion(client)) >= 16 ? 'SET' : 'MEMBER';
  const { rows } = await client.query<{ can: boolean }>('SELECT pg_has_role(current_user, $1, $2) AS can', [
    role,
    right,
  ]);
  return rows[0]?.can ?? false;
}

/** The server's major version. */
export async function majorVersion(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ number: string }>(`SELECT current_setting('server_version_num') AS number`);
  return Math.floor(Number(rows[0]?.number) / 10_000);
}

function grant(role: string, user: string, version: number): string {
  return `GRANT ${role} TO ${user}${version >= 16 ? ' WITH SET TRUE' : ''}`;
}

async function missingRoles(client: ClientBase, cause: unknown): Promise<MissingRolesError> {
  const { rows } = await client.query<{ user: string }>('SELECT quote_ident(current_user) AS user');
  const { rows: present } = await client.query<{ rolname: string }>(
    'SELECT rolname FROM pg_roles WHERE rolname = ANY($1)',
    [roles],
  );
  const version = await majorVersion(client);
  const user = rows[0]?.user ?? 'CURRENT_USER';
  const missing = roles.filter((role) => !present.some(({ rolname }) => rolname === role));
  const sql = [
    ...missing.map((role) => `CREATE ROLE ${role} NOLOGIN;`),
    ...roles.map((role) => `${grant(role, user, version)};`),
  ];
  return new MissingRolesError(
    `the database user ${user} may not create the roles that Ardoise runs under. An administrator must run:\n${sql.join('\n')}`,
    { cause },
  );
}

import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, ClientBase } from 'pg';
import { createClient } from './pool';
import { ensureRoles, majorVersion } from './roles';

/** A change of the schema. Once released, its statements never change again. */
export interface Migration {
  /** Unique for ever, as in `log-001-events`. */
  readonly id: string;
  readonly statements: string;
}

/** The schema cannot be brought to what this version needs. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  readonly code = 'migration-refused';
}

const oldestVersion = 15;
/** Any number, the same for all who migrate. */
const migrationLock = 4_151_702_218;

/**
 * Applies what has not been applied yet, in the order given, each in a transaction of its own with its entry in
 * `public.ardoise_migrations`. Two servers that start at once do it once: the second waits, then finds it done.
 * @param url of the schema's owner.
 * @throws MigrationError for a server that is too old, or a migration that changed after it was applied.
 */
export async function migrate(url: string, migrations: readonly Migration[]): Promise<void> {
  const client = createClient(url, { applicationName: 'ardoise migrations' });
  await client.connect();
  try {
    const version = await majorVersion(client);
    if (version < oldestVersion) {
      throw new MigrationError(`Ardoise needs PostgreSQL ${oldestVersion} or newer; the server is ${version}`);
    }
    await ensureRoles(client);
    await lockMigrations(client);
    await client.query(`CREATE TABLE IF NOT EXISTS public.ardoise_migrations (
      id text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    for (const migration of migrations) await applyOnce(client, migration);
  } finally {
    // The lock ends with the session.
    await client.end();
  }
}

/** What tells a migration's text from another. */
export const migrationDigest = ({ statements }: Migration): string =>
  createHash('sha256').update(statements).digest('hex');

/** Holds up everybody who would migrate, until the session ends. */
export async function lockMigrations(client: ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
}

/** Applies a migration and enters it, in the caller's transaction. */
export async function applyMigration(client: ClientBase, migration: Migration): Promise<void> {
  await client.query(migration.statements);
  await client.query('INSERT INTO public.ardoise_migrations (id, sha256) VALUES ($1, $2)', [
    migration.id,
    migrationDigest(migration),
  ]);
}

const lockNotAvailable = '55P03';
const lockTimeout = '3s';
const mostTries = 40;
const pauseMilliseconds = 1_000;

async function applyOnce(client: Client, migration: Migration): Promise<void> {
  const { id } = migration;
  const digest = migrationDigest(migration);
  const { rows } = await client.query<{ sha256: string }>(
    'SELECT sha256 FROM public.ardoise_migrations WHERE id = $1',
    [id],
  );
  const applied = rows[0];
  if (applied?.sha256 === digest) return;
  if (applied) throw new MigrationError(`the migration ${id} differs from the one that this database was made with`);
  for (let tries = 1; ; tries++) {
    try {
      await client.query('BEGIN');
      // Whoever waits for a lock holds up all who come behind: servers that run, while a backup reads for hours.
      await client.query(`SET LOCAL lock_timeout = '${lockTimeout}'`);
      await applyMigration(client, migration);
      await client.query('COMMIT');
      return;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      if ((error as { code?: string }).code === lockNotAvailable && tries < mostTries) {
        await delay(pauseMilliseconds);
        continue;
      }
      throw new MigrationError(`the migration ${id} failed: ${(error as Error).message}`, { cause: error });
    }
  }
}

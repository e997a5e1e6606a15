import { createPool, migrate } from '@ardoise/postgres';
import { createTestVault, type TestVault } from '../testing/test-vault';
import { vaultMigrations } from './migrations';

let test: TestVault;

beforeAll(async () => {
  test = await createTestVault();
});
afterAll(() => test.close());

const tables = ['groups', 'secrets', 'persons', 'units', 'lookups'];

async function may(role: string, table: string): Promise<string[]> {
  const rows = await test.sql<{ right: string }>(
    `SELECT "right" FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) "right"
      WHERE has_table_privilege($1, $2, "right")`,
    [role, `vault.${table}`],
  );
  return rows.map(({ right }) => right);
}

describe('the vault’s schema', () => {
  it('is made once', async () => {
    await expect(migrate(test.url, vaultMigrations)).resolves.toBeUndefined();
  });

  it.each(['ardoise_log', 'ardoise_read', 'public'])('lets %s at nothing', async (role) => {
    for (const table of tables) expect(await may(role, table)).toEqual([]);
    const rows = await test.sql(`SELECT has_schema_privilege($1, 'vault', 'USAGE') AS may`, [role]);
    expect(rows).toEqual([{ may: false }]);
  });

  it('refuses a reader of the log in the act', async () => {
    const pool = createPool(test.url, { role: 'ardoise_log', applicationName: 'log' });
    await expect(pool.query('SELECT FROM vault.units')).rejects.toThrow(/permission denied for schema vault/);
    await pool.end();
  });

  it('gives its role what it needs and no more', async () => {
    const rights = Object.fromEntries(
      await Promise.all(tables.map(async (table) => [table, await may('ardoise_vault', table)] as const)),
    );
    expect(rights).toEqual({
      groups: ['SELECT', 'INSERT'],
      secrets: ['SELECT', 'INSERT'],
      persons: ['SELECT', 'INSERT'],
      units: ['SELECT', 'INSERT', 'DELETE'],
      lookups: ['SELECT', 'INSERT', 'DELETE'],
    });
    const columns = await test.sql<{ column: string }>(
      `SELECT c.relname || '.' || a.attname AS column
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'vault' AND c.relkind = 'r' AND a.attnum > 0
          AND has_column_privilege('ardoise_vault', c.oid, a.attnum, 'UPDATE')
        ORDER BY 1`,
    );
    expect(columns.map(({ column }) => column)).toEqual(
      [
        ...['ended_at', 'receipt', 'retired_by', 'state', 'wrapped'].map((name) => `groups.${name}`),
        ...['destroyed_at', 'retired_at', 'state'].map((name) => `keks.${name}`),
        'lookups.unit',
        'marks.mark',
        'processes.seen_at',
        ...['done_at', 'ends_at', 'kek', 'problem', 'state', 'units', 'verified_at'].map((name) => `rotations.${name}`),
        ...['group_id', 'wrapped'].map((name) => `secrets.${name}`),
        ...['alias_of', 'fenced_at', 'state', 'stream'].map((name) => `persons.${name}`),
        ...[
          'category',
          'ended_at',
          'ground',
          'group_id',
          'kept_until',
          'part',
          'person',
          'state',
          'stream',
          'wrapped',
        ].map((name) => `units.${name}`),
      ].sort(),
    );
  });

  it('keeps no statistics of what links a unit to a person', async () => {
    const rows = await test.sql<{ column: string }>(
      `SELECT c.relname || '.' || a.attname AS column
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'vault' AND c.relkind = 'r' AND a.attstattarget = 0 ORDER BY 1`,
    );
    expect(rows.map(({ column }) => column)).toEqual([
      'groups.wrapped',
      'lookups.digest',
      'lookups.person',
      'lookups.unit',
      'persons.alias_of',
      'persons.person',
      'persons.stream',
      'secrets.wrapped',
      'units.ground',
      'units.part',
      'units.person',
      'units.stream',
      'units.wrapped',
    ]);
  });
});

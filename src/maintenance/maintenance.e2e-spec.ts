import { createClient } from '@ardoise/postgres';
import { startTestServer, type TestServer } from '../../test/support/server';
import { Maintenance } from './maintenance';
import { everybodyHasMovedOn } from './rewriting';

const dayMilliseconds = 86_400_000;

describe('the daily maintenance of the database', () => {
  let server: TestServer;
  let maintenance: Maintenance;

  beforeAll(async () => {
    server = await startTestServer();
    maintenance = server.app.get(Maintenance, { strict: false });
  });

  afterAll(() => server.close());

  async function owner<T>(run: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> {
    const client = createClient(server.platform.server.url, { applicationName: 'spec' });
    await client.connect();
    return run(client).finally(() => client.end());
  }

  /** Removes a row, and has the server count it at once. */
  const forget = (): Promise<unknown> =>
    owner(async (client) => {
      await client.query(`INSERT INTO read.forgotten_units VALUES ('mira', 'unit', 1)`);
      await client.query(`DELETE FROM read.forgotten_units WHERE unit = 'unit'`);
      await client.query('SELECT pg_stat_force_next_flush()');
    });
  const fileOf = (table: string): Promise<string> =>
    owner(async (client) => {
      const { rows } = await client.query<{ path: string }>('SELECT pg_relation_filepath($1) AS path', [table]);
      return rows[0]?.path ?? '';
    });

  it('vacuums once a day, whoever looks, and says when it did', async () => {
    const first = await maintenance.runDaily();
    expect(first.vacuumed).toEqual(expect.arrayContaining(['vault.units', 'read.identities', 'erasures.processes']));
    expect(first.vacuumed.filter((name) => name.startsWith('log.'))).toEqual([]);
    expect(await maintenance.runDaily()).toMatchObject({ done: false, vacuumed: [] });
    const at = server.clock.now();
    expect(await maintenance.runs()).toMatchObject({ vacuum: at });
    expect((await server.http().get('/metrics')).text).toContain(
      `ardoise_maintenance_last_seconds{what="vacuum"} ${at.getTime() / 1000}`,
    );
    server.clock.advance(dayMilliseconds);
    expect((await maintenance.runDaily()).done).toBe(true);
  });

  it('rewrites what rows were removed from, before the horizon and not every day', async () => {
    await maintenance.run({ rewrite: 'all' });
    const before = await fileOf('read.forgotten_units');
    await forget();
    server.clock.advance(dayMilliseconds);
    expect((await maintenance.runDaily()).rewritten).not.toContain('read.forgotten_units');
    expect(await fileOf('read.forgotten_units')).toBe(before);
    server.clock.advance(22 * dayMilliseconds);
    expect((await maintenance.runDaily()).rewritten).toContain('read.forgotten_units');
    expect(await fileOf('read.forgotten_units')).not.toBe(before);
    server.clock.advance(29 * dayMilliseconds);
    expect((await maintenance.runDaily()).rewritten).not.toContain('read.forgotten_units');
  });

  it('knows who may still see what was removed, since a rewriting would copy it', async () => {
    await owner(async (client) => {
      await owner(async (other) => {
        await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        await other.query('SELECT FROM read.forgotten_units');
        await forget();
        expect(await everybodyHasMovedOn(client, 0)).toBe('a transaction of "spec"');
        await other.query('COMMIT');
      });
      expect(await everybodyHasMovedOn(client)).toBeUndefined();
    });
  });
});

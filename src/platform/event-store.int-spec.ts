import { type Config, ConfigError, readConfig } from '@ardoise/config';
import { type EngineName, eventStoreMigrations, readEngine, rememberEngine } from '@ardoise/event-store';
import { createPool, migrate } from '@ardoise/postgres';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import { AppendingStore } from '../../libs/testing/appending-store';
import { openEventStore, rememberWhereRecordsAre } from './event-store';

describe('the engine that the configuration names', () => {
  let database: TestDatabase;
  let pool: ReturnType<typeof createPool>;

  beforeEach(async () => {
    database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations);
    pool = createPool(database.url, { role: 'ardoise_log', applicationName: 'spec' });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const configured = (engine: EngineName): Config =>
    // Nobody answers there: what is refused is refused before anybody is asked.
    readConfig({ EVENT_STORE: engine, EVENTSTORE_URL: 'esdb://127.0.0.1:9?tls=false' });
  const open = (engine: EngineName) => openEventStore({ config: configured(engine), pool, url: database.url });

  it('is refused where the records are on EventStoreDB', async () => {
    await rememberEngine(pool, 'eventstoredb');
    await expect(open('postgres')).rejects.toThrow(ConfigError);
    await expect(open('postgres')).rejects.toThrow(
      'EVENT_STORE is "postgres", and the records of this installation are on EventStoreDB; ' +
        'set EVENT_STORE=eventstoredb and EVENTSTORE_URL, or move them by `ardoise log copy --from eventstoredb --to postgres`',
    );
  });

  it('is refused where the records are in PostgreSQL', async () => {
    await rememberEngine(pool, 'postgres');
    await expect(open('eventstoredb')).rejects.toThrow(
      'EVENT_STORE is "eventstoredb", and the records of this installation are on PostgreSQL; set EVENT_STORE=postgres, ' +
        'or move them by `ardoise log copy --from postgres --to eventstoredb`',
    );
    await (await open('postgres')).close();
  });

  it('is remembered as soon as there are records, and not before', async () => {
    const store = new AppendingStore();
    const note = (engine: EngineName) => rememberWhereRecordsAre(store, { config: configured(engine), pool });
    await note('eventstoredb');
    expect(await readEngine(pool)).toBeUndefined();
    store.log.push({ organisation: 'mira' } as never);
    await note('eventstoredb');
    await note('eventstoredb');
    expect(await readEngine(pool)).toBe('eventstoredb');
    await expect(note('postgres')).rejects.toThrow(/are on EventStoreDB; set EVENT_STORE=eventstoredb/);
  });
});

import { eventStoreMigrations, PostgresEventStore } from '@ardoise/event-store';
import { randomId } from '@ardoise/format';
import { createPool, migrate } from '@ardoise/postgres';
import { MemoryStore } from '../testing/memory-store';
import { learner, unitId, World } from './spec-support/world';

describe('projections of the log on PostgreSQL', () => {
  it('are live, survive a rebuild under load, and two workers share them', async () => {
    const world = await World.make();
    await migrate(world.database.url, eventStoreMigrations);
    const pool = createPool(world.database.url, { role: 'ardoise_log', applicationName: 'spec' });
    const store = new PostgresEventStore({ pool, listenUrl: world.database.url });
    const told = new MemoryStore();
    const append = async (organisation: string, name: string): Promise<bigint> => {
      const unit = unitId();
      const one = learner(unit, name);
      const head = told.tell(organisation, one.registered, one.result(1, '9.5'));
      const events = await told.readLog(organisation, head - 2n, 2);
      const { stream } = events[0]!;
      const command = Buffer.from(randomId() + randomId(), 'hex');
      const outcome = await store.append({
        organisation,
        stream,
        expectedVersion: 0,
        events: events.map(({ header, sections }) => ({ header, sections, command })),
      });
      if (outcome.kind !== 'appended') throw new Error(outcome.kind);
      return outcome.position;
    };
    try {
      const runtimes = [world.runtime({ store, owner: 'one' }), world.runtime({ store, owner: 'two' })];
      await append('mira', 'first');
      await Promise.all(runtimes.map((runtime) => runtime.start()));
      const writing = Promise.all(
        ['mira', 'parene'].map(async (organisation) => {
          let head = 0n;
          for (let index = 0; index < 100; index++) head = await append(organisation, `l${index}`);
          return head;
        }),
      );
      expect(await runtimes[0]!.rebuild({ batchSize: 50 })).toMatchObject({ switched: true });
      const [mira, parene] = await writing;
      await Promise.all([runtimes[0]!.waitFor('mira', mira!), runtimes[1]!.waitFor('parene', parene!)]);
      expect(await world.rows('learners')).toHaveLength(201);
      expect(await world.rows('results')).toHaveLength(201);
      const digest = await runtimes[0]!.digest('mira');
      await runtimes[1]!.rebuild({ batchSize: 1000 });
      expect(await runtimes[0]!.digest('mira')).toBe(digest);
      await runtimes[0]!.waitFor('mira', await append('mira', 'last'));
    } finally {
      await world.reset();
      await store.close();
      await pool.end();
      await world.end();
    }
  });
});

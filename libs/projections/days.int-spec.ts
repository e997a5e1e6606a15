import { createTestDatabase } from '@ardoise/testing';
import { createClient, migrate } from '@ardoise/postgres';
import { projectionMigrations } from '.';
import { groupsEnded, type Told } from '../testing/memory-store';
import { learners, seats } from './spec-support/school';
import { learner, seat, unitId, until, World } from './spec-support/world';

const technical = { category: 'technical', day: '2025-10-01' };
const journal = { category: 'journal', day: '2025-10-01' };
const nextDay = { category: 'technical', day: '2025-10-02' };

/** The event as sealed under a unit that ends with its day. */
const on = (of: { category: string; day: string }, told: Told): Told =>
  told.sealed ? { ...told, sealed: { ...told.sealed, ...of } } : told;

describe('forgetting by the day', () => {
  let world: World;
  beforeAll(async () => (world = await World.make()));
  afterEach(() => world.reset());
  afterAll(() => world.end());

  const dayUnits = () => world.dataSource.query('SELECT * FROM read.day_units ORDER BY 1, 2, 3, 4, 5');

  it("deletes a day's rows of its category in every table, which the event does not name, and no other", async () => {
    const ada = learner(unitId(), 'ada');
    world.store.tell(
      'mira',
      on(technical, ada.registered),
      on(technical, learner(unitId(), 'eve').result(1, '12')),
      on(journal, learner(unitId(), 'ida').registered),
      on(nextDay, learner(unitId(), 'joan').registered),
      learner(unitId(), 'kay').registered,
    );
    world.store.tell('parene', on(technical, learner(unitId(), 'ada').registered));
    const runtime = world.runtime();
    await runtime.start();
    await Promise.all([runtime.waitFor('mira', 5n), runtime.waitFor('parene', 1n)]);
    expect(await dayUnits()).toHaveLength(5);
    const head = world.store.tell('mira', groupsEnded('day', technical), on(technical, ada.renamed('lovelace')));
    await runtime.waitFor('mira', head);
    const named = (await world.rows<{ learner: string }>('learners')).map((row) => row.learner).sort();
    expect(named).toEqual(['ada', 'ida', 'joan', 'kay']);
    expect(await world.rows('learners')).toContainEqual(
      expect.objectContaining({ organisation: 'parene', learner: 'ada' }),
    );
    expect(await world.rows('results')).toEqual([]);
    expect(await dayUnits()).toHaveLength(3);
  });

  it('is the same in any batch size, live and rebuilt, also where the end lies in the batch of its facts', async () => {
    const [one, two] = [unitId(), unitId()];
    const [ada, eve] = [learner(one, 'ada'), learner(two, 'eve')];
    const head = world.store.tell(
      'mira',
      on(technical, ada.registered),
      on(technical, ada.result(1, '9')),
      eve.registered,
      groupsEnded('day', technical, journal),
      // What was sealed before the end and appended after it.
      on(technical, ada.registered),
      on(journal, learner(unitId(), 'ida').registered),
      on(nextDay, learner(unitId(), 'joan').result(1, '7')),
      groupsEnded('epoch'),
      seat('seat-held', 's1'),
    );
    const live = world.runtime();
    await live.start();
    await live.waitFor('mira', head);
    const digest = await live.digest('mira');
    for (const batchSize of [1, 2, 3, 1000]) {
      await live.rebuild({ batchSize });
      expect(await live.digest('mira')).toBe(digest);
    }
    expect(await world.rows('learners')).toMatchObject([{ learner: 'eve' }]);
    expect(await world.rows('results')).toMatchObject([{ learner: 'joan' }]);
    expect(await dayUnits()).toMatchObject([{ generation: 'live', category: 'technical' }]);
    world.opener.destroyed.add(one);
    await world.pool.query('DELETE FROM read.ended_days');
    await live.rebuild({ batchSize: 4 });
    expect(await live.digest('mira')).toBe(digest);
  });

  it('holds against a batch that was opened before the end and is written after it', async () => {
    world.store.tell('mira', seat('seat-held', 's1'), on(technical, learner(unitId(), 'ada').registered));
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let hanging = false;
    world.opener.before = async () => {
      hanging = true;
      await held;
    };
    const runtime = world.runtime();
    await runtime.start();
    await until(() => hanging);
    await world.pool.query(`INSERT INTO read.ended_days VALUES ('mira', 'technical', '2025-10-01', 3)`);
    release();
    await runtime.waitFor('mira', 2n);
    expect(await world.rows('learners')).toEqual([]);
    expect(await world.rows('seats')).toHaveLength(1);
  });

  it('reaches a shadow that had opened the day before it ended, though the live rows went long before', async () => {
    const ada = learner(unitId(), 'ada');
    world.store.tell('mira', on(technical, ada.registered), seat('seat-held', 's1'), seat('seat-held', 's2'));
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', 3n);
    const gone = new AbortController();
    await expect(
      runtime.rebuild({ batchSize: 1, signal: gone.signal, onProgress: () => gone.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    const head = world.store.tell('mira', groupsEnded('day', technical));
    await runtime.waitFor('mira', head);
    expect((await world.pool.query('SELECT FROM read_rebuild.learners')).rowCount).toBe(1);
    await runtime.rebuild({ batchSize: 3 });
    expect(await world.rows('learners')).toEqual([]);
    expect(await dayUnits()).toEqual([]);
  });

  it('reaches the rows of a projection that is stopped', async () => {
    const fails = {
      'learner-left': () => {
        throw new Error('poison');
      },
    };
    const runtime = world.runtime({ projections: [learners(1, fails), seats()], batchSize: 2 });
    const ada = learner(unitId(), 'ada');
    world.store.tell('mira', on(technical, ada.registered), on(technical, ada.left), groupsEnded('day', technical));
    await runtime.start();
    await until(async () =>
      (await runtime.status()).projections.some((one) => one.projection === 'seats' && one.position === 3n),
    );
    expect(await world.rows('learners')).toEqual([]);
    expect(await runtime.passed('mira')).toBe(1n);
  });
});

describe('forgetting an organisation', () => {
  let world: World;
  beforeAll(async () => (world = await World.make()));
  afterEach(() => world.reset());
  afterAll(() => world.end());

  it('leaves no row of it, personal or not, in any batch size and after a rebuild', async () => {
    const told = [learner(unitId(), 'ada').registered, seat('seat-held', 's1'), groupsEnded('contract', technical)];
    const after = [seat('seat-held', 's2'), learner(unitId(), 'eve').registered];
    world.store.tell('parene', seat('seat-held', 's1'), learner(unitId(), 'ada').registered);
    const head = world.store.tell('mira', ...told, ...after);
    for (const batchSize of [1, 2, 1000]) {
      const runtime = world.runtime();
      await runtime.rebuild({ batchSize });
      expect(await runtime.passed('mira')).toBe(head);
      for (const table of ['learners', 'seats']) {
        expect(await world.rows(table)).toMatchObject([{ organisation: 'parene' }]);
      }
    }
    const runtime = world.runtime();
    await runtime.start();
    const more = world.store.tell('mira', seat('seat-held', 's3'));
    await runtime.waitFor('mira', more);
    expect(await world.rows('seats')).toHaveLength(1);
  });

  it('stops at an end that says nothing of what ends', async () => {
    const poison = { type: 'groups-ended', facts: { cause: 'day', groups: [{ group: 'x' }] } };
    world.store.tell('mira', poison);
    const runtime = world.runtime();
    await runtime.start();
    await until(async () => (await runtime.status()).projections.some(({ state }) => state === 'stopped'));
    const { projections } = await runtime.status();
    expect(projections[0]?.stopped).toMatchObject({ code: 'groups-ended-malformed', position: 1n });
  });
});

describe('read models of an earlier version', () => {
  it('begin an interrupted rebuild anew: what it holds of days is listed nowhere', async () => {
    const database = await createTestDatabase();
    const client = createClient(database.url, { applicationName: 'spec' });
    try {
      await migrate(database.url, projectionMigrations.slice(0, 1));
      await client.connect();
      await client.query(
        `INSERT INTO read.checkpoints (organisation, projection, generation, version, position)
         VALUES ('mira', 'logins', 'live', 1, 9), ('mira', 'logins', 'shadow', 1, 3)`,
      );
      await migrate(database.url, projectionMigrations);
      const { rows } = await client.query('SELECT generation, position FROM read.checkpoints');
      expect(rows).toEqual([{ generation: 'live', position: '9' }]);
    } finally {
      await client.end();
      await database.drop();
    }
  });
});

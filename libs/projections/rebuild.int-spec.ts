import type { RebuildProgress } from './rebuild';
import { learners, seats } from './spec-support/school';
import { keysFenced } from '../testing/memory-store';
import { learner, seat, unitId, until, World } from './spec-support/world';

describe('a rebuild', () => {
  let world: World;
  beforeAll(async () => (world = await World.make()));
  afterEach(() => world.reset());
  afterAll(() => world.end());

  /** A few hundred events of every kind, some of erased learners. */
  const story = (organisation: string, count: number): bigint => {
    for (let index = 0; index < count; index++) {
      const unit = unitId();
      const one = learner(unit, `l${index}`);
      world.store.tell(
        organisation,
        one.registered,
        one.result(1, '1.5'),
        one.result(2, '2'),
        seat('seat-held', `s${index}`),
      );
      if (index % 2 === 0) world.store.tell(organisation, one.renamed('other'), seat('seat-confirmed', `s${index}`));
      if (index % 3 === 0) world.store.tell(organisation, one.corrected(1), seat('seat-released', `s${index - 1}`));
      if (index % 5 === 0) world.store.tell(organisation, one.left);
      if (index % 7 === 0) world.store.tell(organisation, keysFenced(unit));
    }
    return world.store.tell(organisation, seat('seat-held', 'last'));
  };

  it('gives the content of the live tables, in any batch size', async () => {
    const heads = [story('mira', 20), story('parene', 10)] as const;
    const runtime = world.runtime({ batchSize: 13 });
    await runtime.start();
    await Promise.all([runtime.waitFor('mira', heads[0]), runtime.waitFor('parene', heads[1])]);
    const live = [await runtime.digest('mira'), await runtime.digest('parene')];
    expect(live[0]).not.toBe(live[1]);
    for (const batchSize of [1, 7, 5000]) {
      const result = await runtime.rebuild({ batchSize });
      expect(result).toMatchObject({ switched: true, stopped: [], events: Number(heads[0] + heads[1]) });
      expect([await runtime.digest('mira'), await runtime.digest('parene')]).toEqual(live);
    }
  });

  it('keeps names of constraints and indexes, rights, and statistics turned off', async () => {
    const shape = () =>
      world.dataSource.query(`
        SELECT c.relname, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), x.conname, c.relacl::text, s.attstattarget
        FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid LEFT JOIN pg_constraint x ON x.conindid = i.indexrelid
        JOIN pg_attribute s ON s.attrelid = c.oid AND s.attname = 'organisation'
        WHERE c.relnamespace = 'read'::regnamespace ORDER BY 1, 2`);
    await world.dataSource.query('GRANT SELECT ON read.learners TO ardoise_log');
    const before: unknown = await shape();
    story('mira', 3);
    const runtime = world.runtime();
    await runtime.rebuild();
    expect(await shape()).toEqual(before);
    const left = await world.dataSource.query(`SELECT FROM pg_tables WHERE schemaname = 'read_rebuild'`);
    expect(left).toEqual([]);
  });

  it('goes on where it was after a crash', async () => {
    const head = story('mira', 40);
    const runtime = world.runtime();
    const crash = new AbortController();
    const onProgress = ({ passed }: { passed: number }) => passed >= 100 && crash.abort();
    await expect(runtime.rebuild({ batchSize: 20, signal: crash.signal, onProgress })).rejects.toThrow();
    const seen: number[] = [];
    const again = world.runtime({ owner: 'another' });
    const result = await again.rebuild({ batchSize: 50, onProgress: ({ passed }) => seen.push(passed) });
    expect(result.events).toBeLessThanOrEqual(Number(head) - 100);
    expect(seen.at(-1)).toBe(Number(head));
    const digest = await again.digest('mira');
    await again.rebuild();
    expect(await again.digest('mira')).toBe(digest);
  });

  it('counts events as events, and how far it is in positions, where those have gaps', async () => {
    const head = story('mira', 10);
    const width = 7n;
    const { store } = world;
    const sparse = Object.assign(Object.create(store) as typeof store, {
      head: async (of: string) => (await store.head(of)) * width,
      readLog: async (of: string, after: bigint, limit: number) =>
        (await store.readLog(of, after / width, limit)).map((one) => ({ ...one, position: one.position * width })),
    });
    const seen: [number, number, number][] = [];
    const onProgress = ({ passed, total, events }: RebuildProgress) => seen.push([passed, total, events]);
    const { events } = await world.runtime({ store: sparse }).rebuild({ batchSize: 20, onProgress });
    expect(events).toBe(Number(head));
    expect(seen.at(0)).toEqual([20 * 7, events * 7, 20]);
    expect(seen.at(-1)).toEqual([events * 7, events * 7, events]);
  });

  it('lets live go on beside, and loses nothing that comes meanwhile', async () => {
    story('mira', 30);
    const runtime = world.runtime();
    await runtime.start();
    let told = 0;
    const tell = () => world.store.tell('mira', seat('seat-held', `late${told++}`));
    await runtime.rebuild({ batchSize: 10, onProgress: () => void tell() });
    const head = tell();
    await runtime.waitFor('mira', head);
    const digest = await runtime.digest('mira');
    expect(told).toBeGreaterThan(5);
    await runtime.rebuild();
    expect(await runtime.digest('mira')).toBe(digest);
  });

  it('that meets a poisoned event is reported, not switched, and leaves no shadow', async () => {
    const head = story('mira', 5);
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', head);
    const digest = await runtime.digest('mira');
    const fails = {
      'seat-confirmed': () => {
        throw new Error('poison');
      },
    };
    const poisoned = world.runtime({ projections: [learners(), seats(2, fails)] });
    const result = await poisoned.rebuild({ batchSize: 2 });
    expect(result.switched).toBe(false);
    expect(result.stopped).toMatchObject([{ organisation: 'mira', projection: 'seats', code: 'projection-failed' }]);
    expect(await runtime.digest('mira')).toBe(digest);
    expect(await runtime.passed('mira')).toBe(head);
  });

  describe('of the same version', () => {
    const prepared = async () => {
      const head = story('mira', 20);
      story('parene', 4);
      const runtime = world.runtime();
      await runtime.start();
      await Promise.all([runtime.waitFor('mira', head), runtime.waitFor('parene', await world.store.head('parene'))]);
      return { runtime, head };
    };

    it('is compared with what is shown, at one position, before anything is switched', async () => {
      const { runtime } = await prepared();
      const result = await runtime.rebuild();
      expect(result).toMatchObject({ switched: true, comparison: { alike: 4, differences: [], uncompared: [] } });
    });

    it('is compared also while events go on coming in', async () => {
      const { runtime } = await prepared();
      let told = 0;
      const busy = setInterval(() => world.store.tell('mira', seat('seat-held', `late${told++}`)), 5);
      const result = await runtime.rebuild().finally(() => clearInterval(busy));
      expect(result).toMatchObject({ switched: true, comparison: { alike: 4, differences: [] } });
    });

    it('that differs is kept and reported, and not switched: then gone on with, or accepted', async () => {
      const { runtime, head } = await prepared();
      await world.pool.query(`UPDATE read.seats SET state = 'confirmed' WHERE organisation = 'mira' AND seat = 's1'`);
      await world.pool.query(`DELETE FROM read.seats WHERE organisation = 'mira' AND seat IN ('s3', 's4')`);
      const live = await runtime.digest('mira');
      const result = await runtime.rebuild();
      expect(result).toMatchObject({ switched: false, stopped: [], comparison: { alike: 3, uncompared: [] } });
      const difference = { organisation: 'mira', projection: 'seats', table: 'seats', differing: 3, position: head };
      expect(result.comparison.differences).toEqual([{ ...difference, live: 13, rebuilt: 15 }]);
      expect(await runtime.digest('mira')).toBe(live);
      const kept = await world.pool.query(`SELECT FROM read_rebuild.seats WHERE organisation = 'mira'`);
      expect(kept.rowCount).toBe(15);

      // Events go on; what is kept goes on too, and still differs.
      const later = world.store.tell('mira', seat('seat-held', 'later'));
      await runtime.waitFor('mira', later);
      const again = await runtime.rebuild();
      expect(again).toMatchObject({ switched: false, events: 1 });
      expect(again.comparison.differences).toMatchObject([{ live: 14, rebuilt: 16, position: later }]);
      const accepted = await runtime.rebuild({ acceptDifferences: true });
      expect(accepted).toMatchObject({ switched: true, events: 0, comparison: { differences: [{ differing: 3 }] } });
      expect((await world.rows('seats')).length).toBeGreaterThan(15);
      expect(await runtime.rebuild()).toMatchObject({ switched: true, comparison: { alike: 4, differences: [] } });
    });

    it('holds up no erasure once it is given up', async () => {
      const { runtime } = await prepared();
      await world.pool.query(`DELETE FROM read.seats WHERE organisation = 'mira' AND seat = 's3'`);
      expect(await runtime.rebuild()).toMatchObject({ switched: false });
      const later = world.store.tell('mira', seat('seat-held', 'later'));
      await runtime.waitFor('mira', later);
      expect(await runtime.passed('mira')).toBeLessThan(later);
      expect((await runtime.status()).rebuild).toMatchObject({ underWay: false });
      await runtime.abandonRebuild();
      expect(await runtime.passed('mira')).toBe(later);
      expect((await runtime.status()).rebuild).toBeUndefined();
    });
  });

  it('of another version, or of what stands still, is not compared row by row, and says how many rows there are', async () => {
    const head = story('mira', 10);
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', head);
    await runtime.stop();
    await world.pool.query(`UPDATE read.checkpoints SET state = 'stopped' WHERE projection = 'learners'`);
    const newer = world.runtime({ projections: [learners(), seats(2)] });
    const { switched, comparison } = await newer.rebuild();
    expect(switched).toBe(true);
    expect(comparison).toMatchObject({ alike: 0, differences: [] });
    expect(comparison.uncompared.map(({ projection, why }) => [projection, why])).toEqual([
      ['learners', 'stopped'],
      ['seats', 'another-version'],
    ]);
    const [
      ,
      {
        tables: [rows],
      },
    ] = comparison.uncompared as [unknown, { tables: { live: number; rebuilt: number }[] }];
    expect(rows?.live).toBeGreaterThan(5);
    expect(rows?.rebuilt).toBe(rows?.live);
  });

  it('can be of some projections only, and one at a time', async () => {
    const head = story('mira', 5);
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', head);
    // Somebody reads the table, so that the first rebuild cannot switch and end before the others were refused.
    const reader = world.dataSource.createQueryRunner();
    await reader.startTransaction();
    await reader.query('LOCK TABLE read.seats IN ACCESS SHARE MODE');
    const first = runtime.rebuild({ projections: ['seats'] });
    await expect(runtime.rebuild()).rejects.toMatchObject({ code: 'rebuild-under-way' });
    await until(async () => (await runtime.status()).lanes.some(({ purpose }) => purpose === 'rebuild'));
    await expect(world.runtime().rebuild()).rejects.toMatchObject({ code: 'rebuild-under-way' });
    await reader.rollbackTransaction();
    await reader.release();
    expect(await first).toMatchObject({ switched: true });
    await expect(runtime.rebuild({ projections: ['nothing'] })).rejects.toMatchObject({ code: 'projection-setup' });
  });

  it('rows and checkpoint are one: a worker killed between them leaves neither', async () => {
    const head = story('mira', 20);
    await world.dataSource.query(`
      CREATE FUNCTION read.kill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF new.position > 50 THEN
          PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        RETURN new;
      END $$`);
    await world.dataSource.query(
      'CREATE TRIGGER kill BEFORE UPDATE ON read.checkpoints FOR EACH ROW EXECUTE FUNCTION read.kill()',
    );
    const runtime = world.runtime({ batchSize: 30 });
    await runtime.start();
    await until(async () => (await runtime.passed('mira')) === 30n);
    await expect(runtime.waitFor('mira', head, { timeoutMs: 100 })).rejects.toThrow();
    expect((await runtime.status()).projections.map(({ position, state }) => [position, state])).toEqual([
      [30n, 'running'],
      [30n, 'running'],
    ]);
    await world.dataSource.query('DROP TRIGGER kill ON read.checkpoints');
    await runtime.waitFor('mira', head);
    const digest = await runtime.digest('mira');
    await runtime.rebuild();
    expect(await runtime.digest('mira')).toBe(digest);
    await world.dataSource.query('DROP FUNCTION read.kill');
  });
});

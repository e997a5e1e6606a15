import { keysFenced } from '../testing/memory-store';
import { learners, seats } from './spec-support/school';
import { learner, seat, unitId, until, World } from './spec-support/world';

describe('forgetting', () => {
  let world: World;
  beforeAll(async () => (world = await World.make()));
  afterEach(() => world.reset());
  afterAll(() => world.end());

  it('deletes the rows of the units in every registered table, and of no other', async () => {
    const [one, two, three] = [unitId(), unitId(), unitId()];
    const [ada, eve] = [learner(one, 'ada'), learner(two, 'eve')];
    world.store.tell(
      'mira',
      ada.registered,
      ada.result(1, '12'),
      eve.registered,
      learner(three, 'ada').result(2, '13'),
    );
    world.store.tell('parene', learner(unitId(), 'ada').registered);
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', 4n);
    const head = world.store.tell('mira', keysFenced(one, two), eve.renamed('evelyn'));
    await Promise.all([runtime.waitFor('mira', head), runtime.waitFor('parene', 1n)]);
    expect(await world.rows('learners')).toMatchObject([{ organisation: 'parene' }]);
    expect(await world.rows('results')).toMatchObject([{ attempt: 2, unit: three }]);
  });

  it('is the same in one batch: rows put before the fence vanish, what stands under another unit stays', async () => {
    const [one, two] = [unitId(), unitId()];
    const ada = learner(one, 'ada');
    world.store.tell(
      'mira',
      ada.registered,
      ada.renamed('lovelace'),
      keysFenced(one),
      learner(two, 'ada').result(1, '9'),
    );
    const head = world.store.tell('mira', ada.result(2, '10'), ada.registered, seat('seat-held', 's1'));
    const digests: string[] = [];
    for (const batchSize of [1, 2, 1000]) {
      const runtime = world.runtime();
      await runtime.rebuild({ batchSize });
      expect(await world.rows('learners')).toEqual([]);
      expect(await world.rows('results')).toMatchObject([{ attempt: 1 }]);
      expect(await runtime.passed('mira')).toBe(head);
      digests.push(await runtime.digest('mira'));
    }
    expect(new Set(digests).size).toBe(1);
  });

  it('gives the same rows as never having been able to open', async () => {
    const one = unitId();
    const ada = learner(one, 'ada');
    const head = world.store.tell(
      'mira',
      ada.registered,
      ada.result(1, '9'),
      learner(unitId(), 'eve').registered,
      keysFenced(one),
    );
    const opened = world.runtime();
    await opened.start();
    await opened.waitFor('mira', head);
    const digest = await opened.digest('mira');
    world.opener.destroyed.add(one);
    await world.pool.query('DELETE FROM read.forgotten_units');
    await opened.rebuild();
    expect(await opened.digest('mira')).toBe(digest);
  });

  it('holds against a batch that was opened before the fence and is written after it', async () => {
    const one = unitId();
    world.store.tell('mira', seat('seat-held', 's1'), learner(one, 'ada').registered, seat('seat-held', 's2'));
    // The worker has opened everything, and hangs.
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
    // Another generation has passed the fence meanwhile.
    await world.pool.query(`INSERT INTO read.forgotten_units VALUES ('mira', $1, 4)`, [one]);
    release();
    await runtime.waitFor('mira', 3n);
    expect(await world.rows('learners')).toEqual([]);
    expect(await world.rows('seats')).toHaveLength(2);
  });

  it('holds against a shadow rebuild that opened a batch before the fence and commits it after', async () => {
    const one = unitId();
    world.store.tell('mira', learner(one, 'ada').registered, seat('seat-held', 's1'));
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', 2n);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let hanging = false;
    // Only the rebuild opens from here: live has opened all that there is.
    world.opener.before = async () => {
      if (hanging) return;
      hanging = true;
      await held;
    };
    const rebuilding = runtime.rebuild();
    await until(() => hanging);
    const head = world.store.tell('mira', keysFenced(one));
    await runtime.waitFor('mira', head);
    expect(await world.rows('learners')).toEqual([]);
    // Live has forgotten; whoever waits for the rebuild to have passed as well waits still.
    expect(await runtime.passed('mira')).toBe(0n);
    release();
    expect(await rebuilding).toMatchObject({ switched: true });
    expect(await world.rows('learners')).toEqual([]);
    expect(await world.rows('seats')).toHaveLength(1);
    expect(await runtime.passed('mira')).toBe(head);
  });

  it('reaches shadows under way, which hold up what counts as passed', async () => {
    const one = unitId();
    world.store.tell('mira', learner(one, 'ada').registered, seat('seat-held', 's1'), seat('seat-held', 's2'));
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', 3n);
    const gone = new AbortController();
    const interrupted = runtime.rebuild({ batchSize: 1, signal: gone.signal, onProgress: () => gone.abort() });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    const shadow = () => world.pool.query('SELECT FROM read_rebuild.learners').then(({ rowCount }) => rowCount);
    expect(await shadow()).toBe(1);
    const head = world.store.tell('mira', keysFenced(one));
    await runtime.waitFor('mira', head);
    expect(await world.rows('learners')).toEqual([]);
    expect(await runtime.passed('mira')).toBe(1n);

    let seen: number | null = null;
    await runtime.rebuild({
      batchSize: 3,
      onProgress: () =>
        void shadow().then(
          (count) => (seen = count),
          () => undefined,
        ),
    });
    expect(seen ?? 0).toBe(0);
    expect(await runtime.passed('mira')).toBe(head);
    expect(await world.rows('learners')).toEqual([]);
  });

  it('does not wait for a projection that is stopped: its rows go with the others', async () => {
    const one = unitId();
    const fails = {
      'learner-left': () => {
        throw new Error('poison');
      },
    };
    const runtime = world.runtime({ projections: [learners(1, fails), seats()], batchSize: 2 });
    const ada = learner(one, 'ada');
    world.store.tell('mira', ada.registered, ada.left, keysFenced(one));
    await runtime.start();
    await until(async () =>
      (await runtime.status()).projections.some(
        ({ projection, position }) => projection === 'seats' && position === 3n,
      ),
    );
    expect(await world.rows('learners')).toEqual([]);
    expect(await runtime.passed('mira')).toBe(1n);
  });
});

import { Registry } from 'prom-client';
import { keysFencedType } from '.';
import { keysFenced } from '../testing/memory-store';
import { learners, seats } from './spec-support/school';
import { learner, seat, unitId, until, World } from './spec-support/world';

describe('ProjectionRuntime', () => {
  let world: World;
  beforeAll(async () => (world = await World.make()));
  afterEach(() => world.reset());
  afterAll(() => world.end());

  it('writes every type of column as it was given', async () => {
    const unit = unitId();
    const head = world.store.tell(
      'mira',
      learner(unit, 'ada').registered,
      learner(unit, 'ada').result(1, '17.50'),
      seat('seat-held', 's1'),
    );
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', head);
    expect(await world.rows('learners')).toEqual([
      {
        organisation: 'mira',
        learner: 'ada',
        unit,
        full_name: 'ada the learner',
        details: { name: ['ada the learner', '"{}\\'] },
        groups: ['a,b', 'ada the learner'],
        registered_at: new Date('2026-11-22T10:00:00Z'),
      },
    ]);
    expect(await world.rows('results')).toMatchObject([{ attempt: 1, score: '17.50', corrected: false }]);
    expect(await world.rows('seats')).toMatchObject([{ seat: 's1', state: 'held', revision: '3' }]);
  });

  it('goes on live: an event is in its table when it was told, and nobody waits for the next look', async () => {
    world.store.tell('mira', seat('seat-held', 's0'));
    const runtime = world.runtime({ pollMilliseconds: 3_600_000 });
    await runtime.start();
    await runtime.waitFor('mira', 1n);
    const position = world.store.tell('mira', seat('seat-confirmed', 's0'));
    await runtime.waitFor('mira', position);
    expect(await world.rows('seats')).toMatchObject([{ state: 'confirmed', until: null }]);
  });

  it('lets a new projection catch up by itself until it joins the others', async () => {
    for (let index = 0; index < 50; index++)
      world.store.tell('mira', seat('seat-held', `s${index}`), learner(unitId(), `l${index}`).registered);
    const first = world.runtime({ projections: [seats()] });
    await first.start();
    await first.waitFor('mira', 100n);
    await first.stop();
    const both = world.runtime({ batchSize: 7 });
    await both.start();
    const head = world.store.tell('mira', seat('seat-released', 's0'));
    await both.waitFor('mira', head);
    expect(await world.rows('learners')).toHaveLength(50);
    expect(await world.rows('seats')).toHaveLength(49);
  });

  it('does not run a projection of another version than its rows, and says so', async () => {
    world.store.tell('mira', seat('seat-held', 's1'));
    const old = world.runtime();
    await old.start();
    await old.waitFor('mira', 1n);
    await old.stop();
    const metrics = new Registry();
    const raised = world.runtime({ projections: [learners(), seats(2)], metrics });
    await raised.start();
    const head = world.store.tell('mira', seat('seat-released', 's1'));
    await until(async () => (await raised.status()).projections.some(({ position }) => position === head));
    expect((await raised.status()).projections).toMatchObject([
      { projection: 'learners', state: 'running', position: head },
      { projection: 'seats', state: 'outdated', position: 1n },
    ]);
    expect(await metrics.getSingleMetricAsString('ardoise_projection_stopped')).toContain('projection="seats"} 1');
    expect((await raised.rebuild()).switched).toBe(true);
    await raised.waitFor('mira', head);
    expect(await world.rows('seats')).toEqual([]);
  });

  it('waits while store or vault are away, and goes on by itself', async () => {
    const runtime = world.runtime();
    world.store.away = true;
    world.store.tell('mira', seat('seat-held', 's1'));
    await runtime.start();
    world.opener.away = true;
    world.store.away = false;
    const head = world.store.tell('mira', seat('seat-held', 's2'));
    await expect(runtime.waitFor('mira', head, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'projection-wait-timeout',
    });
    world.opener.away = false;
    await runtime.waitFor('mira', head);
    expect((await runtime.status()).projections.every(({ state }) => state === 'running')).toBe(true);
  });

  it('waits while the database is away, and goes on by itself', async () => {
    world.store.tell('mira', seat('seat-held', 's1'));
    const pool = world.newPool();
    const runtime = world.runtime({ pool });
    await runtime.start();
    await runtime.waitFor('mira', 1n);
    await world.pool
      .query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      )
      .catch(() => undefined);
    const head = world.store.tell('mira', seat('seat-held', 's2'));
    await until(async () => (await runtime.passed('mira').catch(() => 0n)) === head);
  });

  it('tells position, lag and applied events', async () => {
    const metrics = new Registry();
    const runtime = world.runtime({ metrics });
    const head = world.store.tell('mira', seat('seat-held', 's1'), keysFenced(unitId()), seat('seat-held', 's2'));
    await runtime.start();
    await runtime.waitFor('mira', head);
    await until(async () =>
      (await metrics.metrics()).includes('ardoise_projection_lag_positions{organisation="mira",projection="seats"} 0'),
    );
    const text = await metrics.metrics();
    expect(text).toContain('ardoise_projection_position{organisation="mira",projection="seats"} 3');
    expect(text).toContain('ardoise_projection_events_total{organisation="mira",projection="seats"} 2');
    expect(keysFencedType).toBe('keys-fenced');
  });

  it('complains at start of a personal table whose values PostgreSQL keeps in its statistics', async () => {
    await world.dataSource.query('ALTER TABLE read.learners ALTER COLUMN full_name SET STATISTICS -1');
    const said: unknown[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: (fields: unknown) => void said.push(fields) };
    await world.runtime({ log }).start();
    expect(said).toEqual([{ code: 'statistics-not-off', table: 'learners' }]);
    await world.dataSource.query('ALTER TABLE read.learners ALTER COLUMN full_name SET STATISTICS 0');
  });
});

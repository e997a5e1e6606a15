import { Registry } from 'prom-client';
import { keysFenced, type Told } from '../testing/memory-store';
import { learners, seats } from './spec-support/school';
import { learner, seat, unitId, until, World } from './spec-support/world';
import type { ProjectionRuntime } from '.';

describe('a poisoned event', () => {
  let world: World;
  beforeAll(async () => (world = await World.make()));
  afterEach(() => world.reset());
  afterAll(() => world.end());

  const stateOf = async (runtime: ProjectionRuntime, name: string) =>
    (await runtime.status()).projections.find(({ projection }) => projection === name);
  const stopped = (runtime: ProjectionRuntime, name: string) =>
    until(async () => (await stateOf(runtime, name))?.state === 'stopped');
  const six: Told[] = ['s1', 's2', 's3', 's4', 's5', 's6'].map((name) => seat('seat-held', name));

  it('stops its projection there, with everything before it committed and nothing skipped', async () => {
    let mended = false;
    const fails = {
      'seat-confirmed': () => {
        if (!mended) throw new Error('quotes Ada');
      },
    };
    const metrics = new Registry();
    const runtime = world.runtime({ projections: [learners(), seats(1, fails)], metrics });
    world.store.tell('mira', ...six.slice(0, 3), seat('seat-confirmed', 's1'), learner(unitId(), 'ada').registered);
    const head = world.store.tell('mira', ...six.slice(3));
    await runtime.start();
    await stopped(runtime, 'seats');
    expect(await stateOf(runtime, 'seats')).toMatchObject({
      position: 3n,
      stopped: { code: 'projection-failed', position: 4n },
    });
    expect(await metrics.metrics()).toContain('ardoise_projection_stopped{organisation="mira",projection="seats"} 1');
    await until(async () => (await stateOf(runtime, 'learners'))?.position === head);
    expect(await world.rows('seats')).toHaveLength(3);
    await expect(runtime.waitFor('mira', head)).rejects.toMatchObject({
      code: 'projection-stopped',
      projection: 'seats',
    });
    expect(await runtime.passed('mira')).toBe(3n);

    mended = true;
    expect(await runtime.restart('mira', 'seats')).toBe(1);
    await runtime.waitFor('mira', head);
    expect(await world.rows('seats')).toHaveLength(6);
    await until(async () =>
      (await metrics.metrics()).includes('ardoise_projection_stopped{organisation="mira",projection="seats"} 0'),
    );
  });

  it('leaves nothing of the event that failed half-way', async () => {
    const fails = {
      'learner-left': () => {
        throw new Error('after nothing');
      },
    };
    const runtime = world.runtime({ projections: [learners(1, fails)] });
    const unit = unitId();
    world.store.tell('mira', learner(unit, 'ada').registered, learner(unit, 'ada').left);
    await runtime.start();
    await stopped(runtime, 'learners');
    expect(await world.rows('learners')).toHaveLength(1);
  });

  it('that was tampered with stops all that want it, and nobody else', async () => {
    world.store.tell('mira', ...six.slice(0, 2), learner(unitId(), 'ada').registered);
    const head = world.store.tell('mira', ...six.slice(2));
    world.opener.tampered.add(3n);
    const runtime = world.runtime();
    await runtime.start();
    await stopped(runtime, 'learners');
    expect(await stateOf(runtime, 'learners')).toMatchObject({
      position: 2n,
      stopped: { code: 'event-tampered', position: 3n },
    });
    await until(async () => (await stateOf(runtime, 'seats'))?.position === head);
    world.opener.tampered.clear();
    await runtime.restart();
    await runtime.waitFor('mira', head);
    expect(await world.rows('learners')).toHaveLength(1);
  });

  it('of an unknown type stops everybody, is named, and is gone on from once a program knows it', async () => {
    world.opener.unknown.add('seat-confirmed');
    world.store.tell('mira', ...six, seat('seat-confirmed', 's1'));
    const runtime = world.runtime();
    await runtime.start();
    // Nobody knows what it would come to: also who never asked for it must not pass it.
    for (const name of ['seats', 'learners']) {
      await stopped(runtime, name);
      expect(await stateOf(runtime, name)).toMatchObject({
        position: 6n,
        stopped: { code: 'event-type-unknown', position: 7n, type: 'seat-confirmed', schema: 1 },
      });
    }
    await runtime.stop();

    world.opener.unknown.clear();
    const upgraded = world.runtime();
    await upgraded.start();
    await until(async () => (await stateOf(upgraded, 'learners'))?.position === 7n);
    await upgraded.waitFor('mira', 7n);
    expect(await world.rows('seats')).toHaveLength(6);
    expect((await stateOf(upgraded, 'seats'))?.stopped).toBeUndefined();
  });

  it('of an unknown type stops a rebuild, and nothing is switched', async () => {
    world.store.tell('mira', ...six, seat('seat-confirmed', 's1'));
    const runtime = world.runtime();
    await runtime.start();
    await runtime.waitFor('mira', 7n);
    world.opener.unknown.add('seat-confirmed');
    const { switched, stopped: shadows } = await runtime.rebuild();
    expect(switched).toBe(false);
    expect(shadows).toContainEqual(
      expect.objectContaining({ code: 'event-type-unknown', type: 'seat-confirmed', schema: 1, position: 7n }),
    );
    expect(await world.rows('seats')).toHaveLength(6);
  });

  it('whose row the database refuses is found in its batch', async () => {
    const unit = unitId();
    world.store.tell('mira', ...six, learner(unit, 'ada').result(99_999_999_999, '1'), learner(unit, 'ada').registered);
    const runtime = world.runtime();
    await runtime.start();
    await stopped(runtime, 'learners');
    expect(await stateOf(runtime, 'learners')).toMatchObject({
      position: 6n,
      stopped: { code: 'row-refused', position: 7n },
    });
    await until(async () => (await stateOf(runtime, 'seats'))?.position === 8n);
  });

  it('that names fenced units badly stops everybody: nobody may pass it', async () => {
    world.store.tell('mira', ...six, { ...keysFenced(), facts: { units: ['no pair'] } });
    const runtime = world.runtime();
    await runtime.start();
    await stopped(runtime, 'learners');
    await stopped(runtime, 'seats');
    expect(await runtime.passed('mira')).toBe(6n);
  });

  it('refuses a row that names no unit of a section that opened', async () => {
    const stray = unitId();
    const projection = learners(1, {
      'learner-registered': ({ organisation }, write) => {
        const own = { fullName: 'x', details: null, groups: [], registeredAt: '2026-11-22T10:00:00Z' };
        write.put(projection.tables[0]!, { organisation, learner: 'x', unit: stray, ...own });
      },
    });
    world.store.tell('mira', learner(unitId(), 'ada').registered);
    const runtime = world.runtime({ projections: [projection] });
    await runtime.start();
    await stopped(runtime, 'learners');
    expect(await stateOf(runtime, 'learners')).toMatchObject({ stopped: { code: 'row-of-other-unit' } });
  });
});

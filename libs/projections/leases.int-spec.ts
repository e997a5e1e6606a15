import { LeaseTable } from '@ardoise/lanes';
import { seat, until, World } from './spec-support/world';

describe('two workers on one database', () => {
  let world: World;
  beforeAll(async () => (world = await World.make()));
  afterEach(() => world.reset());
  afterAll(() => world.end());

  const organisations = ['mira', 'minairva', 'moniravique', 'parene'];
  const revisions = async () =>
    (await world.rows<{ organisation: string; revision: string }>('seats')).map(({ revision }) => revision);

  it('share the organisations; none is done twice', async () => {
    const runtimes = [world.runtime({ owner: 'one' }), world.runtime({ owner: 'two' })];
    for (const organisation of organisations) world.store.tell(organisation, seat('seat-held', 's0'));
    await Promise.all(runtimes.map((runtime) => runtime.start()));
    for (let index = 1; index <= 50; index++) {
      for (const organisation of organisations) world.store.tell(organisation, seat('seat-held', `s${index}`));
    }
    for (const organisation of organisations) await runtimes[0]!.waitFor(organisation, 51n);
    const { lanes } = await runtimes[0]!.status();
    expect(lanes.map(({ organisation, fence }) => [organisation, fence])).toEqual(
      [...organisations].sort().map((organisation) => [organisation, 1n]),
    );
    expect(await world.rows('seats')).toHaveLength(51 * organisations.length);
  });

  it('a lane whose worker stops goes to the other at once', async () => {
    world.store.tell('mira', seat('seat-held', 's1'));
    const [one, two] = [world.runtime({ owner: 'one' }), world.runtime({ owner: 'two' })];
    await one.start();
    await one.waitFor('mira', 1n);
    await two.start();
    await one.stop();
    const head = world.store.tell('mira', seat('seat-held', 's2'));
    await two.waitFor('mira', head);
    expect((await two.status()).lanes).toMatchObject([{ organisation: 'mira', owner: 'two', fence: 2n }]);
  });

  it('a worker that dies is followed by the other when its lease has lapsed, not before', async () => {
    const dead = new LeaseTable(world.pool, 'read.lanes', world.clock, 'dead', 300);
    await dead.take('mira', 'projections');
    world.store.tell('mira', seat('seat-held', 's1'));
    const two = world.runtime({ owner: 'two' });
    await two.start();
    await expect(two.waitFor('mira', 1n, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'projection-wait-timeout',
    });
    world.clock.advance(300);
    await two.waitFor('mira', 1n);
  });

  it('a worker that was paused past its lease cannot commit', async () => {
    world.store.tell('mira', seat('seat-held', 's1'));
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let hanging = 0;
    world.opener.before = () => {
      hanging += 1;
      return held;
    };
    const one = world.runtime({ owner: 'one', leaseMilliseconds: 60_000 });
    await one.start();
    await until(() => hanging === 1);
    // Worker one hangs with an opened batch; its lease lapses; worker two does the batch.
    world.clock.advance(60_000);
    world.opener.before = async () => undefined;
    const two = world.runtime({ owner: 'two', leaseMilliseconds: 60_000 });
    await two.start();
    const head = world.store.tell('mira', seat('seat-released', 's1'), seat('seat-held', 's1'));
    await two.waitFor('mira', head);
    expect(await revisions()).toEqual(['3']);
    // It wakes, believes that the lane is its own, and is refused.
    release();
    const last = world.store.tell('mira', seat('seat-held', 's2'));
    await two.waitFor('mira', last);
    expect(await revisions()).toEqual(['3', '4']);
    expect((await two.status()).lanes).toMatchObject([{ owner: 'two', fence: 2n }]);
  });

  it('a batch that begins at the right place is refused all the same under an old fence', async () => {
    world.store.tell('mira', seat('seat-held', 's1'));
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let hanging = false;
    world.opener.before = () => {
      hanging = true;
      return held;
    };
    const codes: unknown[] = [];
    const warn = ({ code }: { code?: unknown }) => void codes.push(code);
    const log = { info: () => undefined, error: () => undefined, warn };
    const one = world.runtime({ owner: 'one', leaseMilliseconds: 60_000, log });
    await one.start();
    await until(() => hanging);
    world.clock.advance(60_000);
    // The new owner has the lane, and has not come to its first batch.
    const two = new LeaseTable(world.pool, 'read.lanes', world.clock, 'two', 60_000);
    expect(await two.take('mira', 'projections')).toMatchObject({ fence: 2n });
    release();
    await expect(one.waitFor('mira', 1n, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'projection-wait-timeout',
    });
    expect(await revisions()).toEqual([]);
    expect(codes).toEqual(['lease-lost']);
  });
});

import { randomUUID } from 'node:crypto';
import { conflict } from '@ardoise/decider';
import { randomId } from '@ardoise/format';
import { LeaseTable } from '@ardoise/lanes';
import { UpgradeUnderWayError } from '@ardoise/sealing';
import { type DueInstance, Instances } from './instances';
import { hour, journeyDesk, organisation } from './spec-support/journey-desk';

const all = { limit: 100 };

describe('ProcessManagerRuntime', () => {
  const desk = journeyDesk();
  const { run, follow, until, atRest, tellLog, want, story, forget, booked, lapsed } = desk;

  it('takes each step once, waits, and goes on with what it is told', async () => {
    const runtime = run();
    const stream = await want();
    await atRest(runtime);
    expect(await story(stream)).toEqual(booked);
    await tellLog('journey-paid', { journey: stream });
    await atRest(runtime);
    expect(await story(stream)).toEqual([...booked, 'journey-settled yes']);
    desk.clock.advance(2 * hour);
    await atRest(runtime);
    expect(await story(stream)).toHaveLength(4);
    expect(desk.host.taken.map(({ step }) => step)).toEqual(['book-room', 'book-train']);
  });

  it('a timer comes at its instant and not before, once, whoever holds the lane, also after a restart', async () => {
    const first = run({ owner: 'one' });
    const stream = await want();
    await atRest(first);
    desk.clock.advance(hour - 1);
    await atRest(first);
    expect(await story(stream)).toEqual(booked);
    await first.stop();
    desk.clock.advance(1);
    const workers = [run({ owner: 'two' }), run({ owner: 'three' })];
    await until(async () => (await story(stream)).length === lapsed.length);
    for (const worker of workers) await atRest(worker);
    expect(await story(stream)).toEqual(lapsed);
    expect(desk.host.done(stream)).toEqual(['book-room', 'book-train', 'give-train-back', 'give-room-back']);
  });

  it('a step that is refused has what was done taken back, visibly', async () => {
    desk.host.before = (step) => {
      if (step === 'book-train') throw conflict('no-train', 'there is none');
    };
    const runtime = run();
    const stream = await want();
    await atRest(runtime);
    expect(await story(stream)).toEqual([
      'journey-begun',
      'journey-stepped done book-room',
      'journey-stepped refused book-train',
      'journey-stepped done give-room-back',
    ]);
  });

  it('whatever append it dies before or after, it comes to the same end, each command under one id', async () => {
    const runtime = run({ runs: () => false });
    await runtime.stop();
    for (const moment of ['before', 'after'] as const) {
      for (let kill = 0; ; kill++) {
        const stream = await want();
        let appends = 0;
        const die = (): void => {
          if (appends++ === kill) throw new Error('killed');
        };
        const isOwn = { before: ({ stream: of }: { stream: string }) => (of === stream ? die() : undefined) };
        if (moment === 'before') desk.store.before = isOwn.before;
        else desk.store.after = die;
        const worker = run({ owner: randomUUID(), tries: 100, delays: [0] });
        await atRest(worker);
        desk.clock.advance(hour);
        await until(async () => (await story(stream)).length === lapsed.length);
        await worker.stop();
        [desk.store.before, desk.store.after] = [() => undefined, () => undefined];
        expect(await story(stream)).toEqual(lapsed);
        expect(desk.host.done(stream)).toEqual(['book-room', 'book-train', 'give-train-back', 'give-room-back']);
        if (appends <= kill) break;
      }
    }
  });

  it('one that has to write what not all servers can read yet waits for the upgrade, and others go on', async () => {
    let upgrading = true;
    const [early, ...others] = [await want(), await want(), await want()];
    let tries = 0;
    desk.host.before = (step, stream) => {
      if (!upgrading || stream !== early || step !== 'book-train') return;
      tries += 1;
      throw new UpgradeUnderWayError('journey-stepped', 2);
    };
    const runtime = run({ concurrency: 1 });
    for (let round = 0; round < 10; round++) {
      await atRest(runtime);
      desk.clock.advance(15_000);
    }
    for (const stream of others) expect(await story(stream)).toEqual(booked);
    // Once each time that its instant comes, and when it is called meanwhile.
    expect(tries).toBeGreaterThanOrEqual(10);
    expect(tries).toBeLessThan(20);
    expect(await runtime.deadLetters(organisation, all)).toEqual([]);
    upgrading = false;
    await until(async () => (await story(early)).length === booked.length);
    expect(await story(early)).toEqual(booked);
  });

  it('what is remembered of processes can be lost: it is made again from the log, and nothing is done twice', async () => {
    const runtime = run();
    const streams = [await want(), await want()];
    await atRest(runtime);
    const before = desk.store.log.length;
    await runtime.stop();
    await forget();
    const again = run();
    await follow(again, 0);
    await atRest(again);
    expect(desk.store.log).toHaveLength(before);
    desk.clock.advance(hour);
    for (const stream of streams) {
      await until(async () => (await story(stream)).length === lapsed.length);
      expect(desk.host.done(stream)).toEqual(['book-room', 'book-train', 'give-train-back', 'give-room-back']);
    }
  });

  it('nothing is done for an organisation that is not to be written, and all that was due once it is', async () => {
    let open = true;
    const runtime = run({ runs: () => open });
    const stream = await want();
    await atRest(runtime);
    open = false;
    runtime.lookNow();
    await until(async () => (await runtime.lanes()).length === 0);
    desk.clock.advance(2 * hour);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await story(stream)).toEqual(booked);
    open = true;
    runtime.lookNow();
    await until(async () => (await story(stream)).length === lapsed.length);
  });

  it('a process whose person is erased ends with them', async () => {
    const runtime = run();
    const person = randomId();
    const stream = await want(person);
    await atRest(runtime);
    desk.vault.fenced.add(person);
    desk.clock.advance(hour);
    await atRest(runtime);
    expect(await story(stream)).toEqual(booked);
    desk.vault.end(person, 'destroyed');
    await follow(runtime, 0);
    await atRest(runtime);
    expect(await story(stream)).toHaveLength(booked.length);
    const { rows } = await desk.pool.query('SELECT FROM process_managers.instances');
    expect(rows).toEqual([]);
  });

  it('a process that is called while it is looked at stays due', async () => {
    const leases = new LeaseTable(desk.pool, 'process_managers.lanes', desk.clock, 'one', 60_000);
    const instances = new Instances(desk.pool, leases);
    const lease = (await leases.take(organisation, 'journey'))!;
    const find = async (): Promise<DueInstance[]> => instances.due(organisation, 'journey', desk.clock.now(), 10);
    await instances.call(organisation, 'journey', 'journey-a', desk.clock.now());
    const [seen] = await find();
    await instances.call(organisation, 'journey', 'journey-a', desk.clock.now());
    for (const until of [new Date('2030-01-01'), undefined]) {
      await instances.rest(lease, seen!, until);
      expect(await find()).toHaveLength(1);
    }
    const [again] = await find();
    await instances.rest(lease, again!, new Date('2030-01-01'));
    expect(await find()).toEqual([]);
    await expect(instances.rest({ ...lease, fence: 0n }, again!, undefined)).rejects.toMatchObject({
      code: 'lease-lost',
    });
  });
});

import { randomId } from '@ardoise/format';
import { Registry } from 'prom-client';
import type { ProcessDeadLetter, ProcessDismissal } from '.';
import { hour, journeyDesk, organisation } from './spec-support/journey-desk';
import { dismissalSteps } from './visitor';

const all = { limit: 100 };

describe('dead letters of processes', () => {
  const desk = journeyDesk();
  const { run, follow, until, atRest, tellLog, want, story, booked, lapsed } = desk;

  it('a process that cannot go on stands still alone; it is looked at, tried again, and dismissed with a reason', async () => {
    let broken = true;
    const [bad, other, good] = [await want(), await want(), await want()];
    desk.host.before = (step, stream) => {
      if (broken && stream !== good && step === 'book-train') throw new Error('quotes Ada');
    };
    const runtime = run();
    await atRest(runtime);
    expect(await story(good)).toEqual(booked);
    expect(await runtime.deadLetters(organisation, all)).toEqual([]);
    for (let tries = 0; tries < 2; tries++) {
      desk.clock.advance(1_000);
      await atRest(runtime);
    }
    const letters = await runtime.deadLetters(organisation, all);
    expect(letters.map(({ stream }) => stream).sort()).toEqual([bad, other].sort());
    expect(letters[0]).toMatchObject({ process: 'journey', standsAt: 'step/book-train', code: 'Error' });
    // The others' time comes all the same.
    desk.clock.advance(hour);
    await until(async () => (await story(good)).length === lapsed.length);

    broken = false;
    expect(await runtime.retry(organisation, 'journey', bad)).toBe(1);
    await until(async () => (await story(bad)).length >= booked.length);
    const letter = { organisation, process: 'journey', stream: other, standsAt: 'step/book-train' };
    expect(await runtime.dismiss({ ...letter, standsAt: 'step/book-room' }, 'not-wanted')).toBe(false);
    expect(await runtime.dismiss(letter, 'not-wanted')).toBe(true);
    await atRest(runtime);
    expect((await story(other)).slice(-2)).toEqual([
      'journey-stepped refused book-train',
      'journey-stepped done give-room-back',
    ]);
    expect(await runtime.dismissals(organisation, all)).toMatchObject([
      { ...letter, code: 'Error', reason: 'not-wanted' },
    ]);
    // Asked again: what was asked for is so, and nothing more happens.
    expect(await runtime.dismiss(letter, 'not-wanted')).toBe(true);
    expect(await runtime.dismiss(letter, 'done-otherwise')).toBe(false);
    expect(await runtime.dismissals(organisation, all)).toHaveLength(1);
    expect(await runtime.deadLetters(organisation, all)).toEqual([]);
  });

  it.each(dismissalSteps)('a step is let go once, told, and on record, whoever dies after %s', async (killedAfter) => {
    desk.host.before = (step) => {
      if (step === 'book-train') throw new Error('quotes Ada');
    };
    let alive = true;
    const steps = {
      done: (step: string): void => {
        if (!alive || step !== killedAfter) return;
        alive = false;
        throw new Error('killed');
      },
    };
    const first = run({ owner: 'one', tries: 1, steps });
    const stream = await want();
    await atRest(first);
    const [letter] = await first.deadLetters(organisation, all);
    const dismissed = first.dismiss(letter!, 'cannot-be-done');
    if (killedAfter === 'process-dismissal/kept') await expect(dismissed).rejects.toThrow('killed');
    else await dismissed;
    await until(() => !alive);
    await first.stop();
    const second = run({ owner: 'two', tries: 1 });
    expect(await second.dismiss(letter!, 'cannot-be-done')).toBe(true);
    await until(async () => {
      await second.retry(organisation);
      await atRest(second);
      return (await story(stream)).length === 4;
    });
    expect(await story(stream)).toEqual([
      'journey-begun',
      'journey-stepped done book-room',
      'journey-stepped refused book-train',
      'journey-stepped done give-room-back',
    ]);
    expect(await second.dismissals(organisation, all)).toMatchObject([{ stream, standsAt: 'step/book-train' }]);
    expect(await second.deadLetters(organisation, all)).toEqual([]);
  });

  it('a step that was let go is let go for that time only', async () => {
    desk.host.before = (step) => {
      if (step === 'book-room') throw new Error('quotes Ada');
    };
    const runtime = run({ tries: 1 });
    const stream = await want();
    await atRest(runtime);
    await runtime.stop();
    const [letter] = await runtime.deadLetters(organisation, all);
    expect(await runtime.dismiss(letter!, 'done-otherwise')).toBe(true);
    // Before it is told, the process came on by itself: what was let go is that step no more.
    await desk.pool.query(`UPDATE process_managers.instances SET let_go_after = $1`, [randomId()]);
    const again = run({ tries: 1 });
    await atRest(again);
    expect(await again.deadLetters(organisation, all)).toMatchObject([{ stream, standsAt: 'step/book-room' }]);
  });

  it('all that stand still are found, page by page, counted, tried again and let go, however many they are', async () => {
    const metrics = new Registry();
    const runtime = run({ runs: () => false, metrics });
    await desk.pool.query(
      `INSERT INTO process_managers.instances (organisation, process, stream, state, due_at, failures, error_code, stands_at, failed_at)
       SELECT $1, 'journey', 'journey-' || lpad(number::text, 32, '0'), 'stopped', $2, 8, 'Error', 'event/' || number,
              $2::timestamptz - interval '1 second' * (number / 3)
         FROM generate_series(1, 1203) number`,
      [organisation, desk.clock.now()],
    );
    const pagesOf = async <T>(list: (after?: T) => Promise<T[]>): Promise<T[]> => {
      const found: T[] = [];
      for (let page = await list(); page.length > 0; page = await list(page.at(-1))) found.push(...page);
      return found;
    };
    const limit = 100;
    const letters = await pagesOf<ProcessDeadLetter>((after) =>
      runtime.deadLetters(organisation, { limit, ...(after ? { after } : {}) }),
    );
    expect(new Set(letters.map(({ stream }) => stream)).size).toBe(1_203);
    const instants = letters.map(({ failedAt }) => failedAt.getTime());
    expect(instants).toEqual([...instants].sort((one, other) => other - one));
    expect(await metrics.metrics()).toContain(
      'ardoise_process_dead_letters{organisation="mira",process="journey"} 1203',
    );
    const last = letters.at(-1)!;
    expect(await runtime.retry(organisation, 'journey', last.stream, 'event/0')).toBe(0);
    expect(await runtime.retry(organisation, 'journey', last.stream, last.standsAt)).toBe(1);
    for (const letter of letters.slice(900, 1_002)) expect(await runtime.dismiss(letter, 'not-wanted')).toBe(true);
    const dismissed = await pagesOf<ProcessDismissal>((after) =>
      runtime.dismissals(organisation, { limit: 10, ...(after ? { after } : {}) }),
    );
    expect(dismissed.map(({ stream }) => stream).sort()).toEqual(
      letters
        .slice(900, 1_002)
        .map(({ stream }) => stream)
        .sort(),
    );
  });

  it('an event that a process cannot take holds up that process, until it is passed over', async () => {
    const runtime = run();
    const [stream, next] = [await want(), await want()];
    await atRest(runtime);
    desk.host.mistaken = true;
    await tellLog('journey-paid', { journey: stream });
    await follow(runtime);
    await until(async () => {
      desk.clock.advance(1_000);
      return (await runtime.deadLetters(organisation, all)).length === 1;
    });
    desk.host.mistaken = false;
    await tellLog('journey-paid', { journey: next });
    await atRest(runtime);
    expect((await story(next)).at(-1)).toBe('journey-settled yes');
    const [letter] = await runtime.deadLetters(organisation, all);
    expect(letter?.standsAt).toMatch(/^event\/[0-9a-f]{32}$/);
    expect(await runtime.dismiss(letter!, 'done-otherwise')).toBe(true);
    await atRest(runtime);
    expect(await story(stream)).toEqual(booked);
  });
});

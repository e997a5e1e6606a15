import { LogMovedError, type MovableLog, type Placement } from '@ardoise/event-store';
import type { Steps } from '@ardoise/steps';
import { silentSteps } from '@ardoise/steps';
import { copyLog, logCopySteps, type CopyOptions, type CopyProgress } from './copy-log';
import { newAppend, newStream, Side } from './spec-support/world';

const [one, two] = ['mira', 'parene'];

describe('A log that is moved', () => {
  let from: Side;
  let to: Side;
  beforeEach(async () => {
    from = await Side.open();
    to = await Side.open();
    await from.fill(one, 40);
    await from.fill(two, 3);
  });
  afterEach(async () => {
    await from.close();
    await to.close();
  });

  const move = (options: Partial<CopyOptions> = {}) =>
    copyLog({ from: from.log, to: to.log, signed: from.signed, steps: silentSteps, ...options });
  const back = () => move({ from: to.log, to: from.log, signed: to.signed });
  const same = async () => {
    for (const organisation of [one, two]) expect(await to.all(organisation)).toEqual(await from.all(organisation));
  };

  it('has the same bytes, order and positions, and goes on there and nowhere else', async () => {
    const told: CopyProgress[] = [];
    const result = await move({ onProgress: (progress) => told.push(progress) });
    expect(result).toMatchObject({ organisations: 2, events: 172, copied: 172 });
    await same();
    expect(told.at(-1)).toMatchObject({ phase: 'verify', done: 172, total: 172, secondsLeft: 0 });
    const [event] = await from.all(one);
    await expect(from.append(one, event!.stream, 4)).rejects.toBeInstanceOf(LogMovedError);
    await expect(from.append(one, newStream(), 0, 3)).rejects.toBeInstanceOf(LogMovedError);
    await expect(from.append('another', newStream(), 0)).rejects.toBeInstanceOf(LogMovedError);
    expect(await to.append(one, event!.stream, 4)).toEqual({ kind: 'appended', version: 5, position: 161n });
    expect(await to.append('another', newStream(), 0)).toMatchObject({ kind: 'appended' });
  });

  it('knows the commands that were recorded before', async () => {
    const append = newAppend(one, newStream(), 0);
    await from.store.append(append);
    await move();
    expect(await to.store.append(append)).toEqual({ kind: 'repeated' });
  });

  it('keeps every append that was acknowledged while it was copied, once', async () => {
    const acknowledged: string[] = [];
    let ended = false;
    const append = async (): Promise<void> => {
      while (!ended) {
        const stream = newStream();
        await from.append(one, stream, 0).then(
          () => acknowledged.push(stream),
          (error: unknown) => {
            if (!(error instanceof LogMovedError)) throw error;
            ended = true;
          },
        );
      }
    };
    await Promise.all([append(), append(), append(), move()]);
    await same();
    const streams = (await to.all(one)).map(({ stream }) => stream);
    expect(acknowledged.length).toBeGreaterThan(10);
    for (const stream of acknowledged) expect(streams.filter((other) => other === stream)).toHaveLength(1);
  });

  it.each(Object.values(logCopySteps))('goes on where it was killed, after %s', async (step) => {
    const areClosed = step === logCopySteps.sourceClosed || step === logCopySteps.verified;
    await expect(move(killed(from.log, to.log, step))).rejects.toThrow(
      areClosed ? 'nothing can be recorded' : 'killed',
    );
    const isOver = step === logCopySteps.targetOpened;
    if (isOver) await expect(move()).rejects.toMatchObject({ code: 'log-moved-already' });
    else await move();
    await same();
    await expect(from.append(one, newStream(), 0)).rejects.toBeInstanceOf(LogMovedError);
    expect(await to.append(one, newStream(), 0)).toMatchObject({ kind: 'appended' });
  });

  it('goes on where it was killed within an organisation, and copies nothing twice', async () => {
    await from.fill(one, 600);
    const total = (await from.all(one)).length;
    let placed = 0;
    const dying = wrapped(to.log, async (place, { organisation }) => {
      if (organisation === one && placed++ === 1) throw new Error('killed');
      await place();
    });
    await expect(move({ to: dying })).rejects.toThrow('killed');
    expect(await to.all(one)).toHaveLength(1_000);
    const { copied } = await move();
    expect(copied).toBeLessThan(total);
    await same();
  });

  it('is moved back behind what the first log has, with all that came since', async () => {
    await move();
    await to.fill(one, 5);
    await to.fill('another', 2);
    expect(await back()).toMatchObject({ organisations: 3, events: 172 + 20 + 8, copied: 28 });
    await same();
    expect(await from.append(one, newStream(), 0)).toMatchObject({ kind: 'appended' });
    await expect(to.append(one, newStream(), 0)).rejects.toBeInstanceOf(LogMovedError);
    expect(await move()).toMatchObject({ copied: 1 });
  });

  it('keeps positions that have gaps', async () => {
    await move();
    const events = (await to.all(one)).map((event) => ({
      ...event,
      organisation: 'gaps',
      position: event.position * 7n,
    }));
    await to.log.close('elsewhere');
    await to.log.place({ organisation: 'gaps', after: 0n, events });
    await to.log.open();
    await back();
    expect(await from.all('gaps')).toEqual(events);
    const last = events.at(-1)!.position;
    expect(await from.append('gaps', newStream(), 0)).toMatchObject({ position: last + 1n });
  });

  describe('is refused', () => {
    const goesOn = async () => expect(await from.append(one, newStream(), 0)).toMatchObject({ kind: 'appended' });

    it('where it goes on at the target already', async () => {
      await move();
      await expect(move()).rejects.toMatchObject({ code: 'log-moved-already' });
    });

    it('onto a log to which servers append', async () => {
      await to.fill(one, 1);
      await expect(move()).rejects.toMatchObject({ code: 'target-in-use' });
      await goesOn();
    });

    it('where there is nothing', async () => {
      await expect(back()).rejects.toMatchObject({ code: 'log-empty' });
    });

    it('where nothing was signed', async () => {
      await expect(move({ signed: () => Promise.resolve([]) })).rejects.toMatchObject({ code: 'ledger-missing' });
      await goesOn();
    });

    it('where the target has another organisation', async () => {
      await to.fill('foreign', 1);
      await expect(move()).rejects.toThrow(/has a log of foreign/);
    });

    it('where the copy differs, by name of the first difference', async () => {
      const altering = wrapped(to.log, (place, placement) => {
        const events = placement.events.map((event, i) =>
          event.organisation === one && i === 7 ? { ...event, sections: Buffer.from('else') } : event,
        );
        return place({ ...placement, events });
      });
      await expect(move({ to: altering })).rejects.toMatchObject({
        code: 'log-differs',
        message: expect.stringMatching(
          /another content than PostgreSQL at position 8 of mira: event \d of enrolment-/,
        ) as unknown,
      });
      await goesOn();
    });

    it('where the leaves do not give what was signed', async () => {
      const signed: CopyOptions['signed'] = async (organisation) =>
        (await from.signed(organisation)).map((tree) => ({
          ...tree,
          checkpoint: { ...tree.checkpoint!, root: Buffer.alloc(32) },
        }));
      await expect(move({ signed })).rejects.toMatchObject({ code: 'ledger-differs' });
      await goesOn();
    });

    it('where something else stands behind what was copied, and the source goes on', async () => {
      await expect(move(killed(from.log, to.log, logCopySteps.copied))).rejects.toThrow('killed');
      const foreign = newAppend(one, newStream(), 0, 1);
      await to.log.place({
        organisation: one,
        after: 160n,
        events: foreign.events.map((event) => ({
          ...event,
          organisation: one,
          stream: foreign.stream,
          version: 0,
          position: 161n,
        })),
      });
      await expect(move()).rejects.toMatchObject({ code: 'log-differs' });
      await goesOn();
    });
  });

  it('is interrupted in order: the source goes on', async () => {
    const abort = new AbortController();
    const steps: Steps = { done: (step) => (step === logCopySteps.sourceClosed ? abort.abort() : undefined) };
    await expect(move({ steps, signal: abort.signal })).rejects.toMatchObject({ code: 'interrupted' });
    expect(await from.append(one, newStream(), 0)).toMatchObject({ kind: 'appended' });
    await move();
    await same();
  });
});

/** A process that dies after a step: nothing of what it would do then is done. */
function killed(from: MovableLog, to: MovableLog, at: string): Partial<CopyOptions> {
  let isDead = false;
  const steps: Steps = {
    done: (step) => {
      if (step !== at) return;
      isDead = true;
      throw new Error('killed');
    },
  };
  const dying = (log: MovableLog): MovableLog =>
    Object.assign(Object.create(log) as MovableLog, {
      open: () => (isDead ? Promise.reject(new Error('killed')) : log.open()),
    });
  return { from: dying(from), to: dying(to), steps };
}

function wrapped(
  log: MovableLog,
  place: (place: (placement?: Placement) => Promise<void>, placement: Placement) => Promise<void>,
): MovableLog {
  return Object.assign(Object.create(log) as MovableLog, {
    place: (placement: Placement) => place((other = placement) => log.place(other), placement),
  });
}

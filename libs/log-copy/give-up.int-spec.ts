import { LogMovedError, type MovableLog } from '@ardoise/event-store';
import { silentSteps } from '@ardoise/steps';
import { copyLog, logCopySteps } from './copy-log';
import { giveUpMove } from './give-up';
import { newStream, Side } from './spec-support/world';

const organisation = 'mira';

describe('A move that is given up', () => {
  let from: Side;
  let to: Side;
  beforeEach(async () => {
    [from, to] = [await Side.open(), await Side.open()];
    await from.fill(organisation, 5);
  });
  afterEach(async () => {
    await from.close();
    await to.close();
  });

  const move = (options: Partial<Parameters<typeof copyLog>[0]> = {}) =>
    copyLog({ from: from.log, to: to.log, signed: from.signed, steps: silentSteps, ...options });
  const giveUp = (wasSwitched = false) => giveUpMove({ from: from.log, to: to.log, wasSwitched, steps: silentSteps });
  const takes = async (side: Side) =>
    side.append(organisation, newStream(), 0).then(
      () => true,
      (error: unknown) => {
        expect(error).toBeInstanceOf(LogMovedError);
        return false;
      },
    );
  /** Where the database is away, nothing can be opened. */
  const neverOpened = (log: MovableLog): MovableLog =>
    Object.assign(Object.create(log) as MovableLog, { open: () => Promise.reject(new Error('away')) });
  const stuck = (at: string) =>
    move({
      from: neverOpened(from.log),
      to: neverOpened(to.log),
      steps: { done: (step) => (step === at ? Promise.reject(new Error('away')) : undefined) },
    });

  it.each([logCopySteps.sourceClosed, logCopySteps.verified, 'its end'])(
    'with both sides closed after %s, is told how to go on, and goes on where it was left',
    async (at) => {
      const message: unknown = expect.stringMatching(/nothing can be recorded.*run the same command again.*--give-up/);
      await expect(stuck(at)).rejects.toMatchObject({ code: 'both-closed', message });
      expect([await takes(from), await takes(to)]).toEqual([false, false]);
      expect(await giveUp()).toBe(true);
      expect([await takes(from), await takes(to)]).toEqual([true, false]);
      await move();
      expect(await to.all(organisation)).toEqual(await from.all(organisation));
    },
  );

  it('heals also when it is run again', async () => {
    await expect(stuck(logCopySteps.verified)).rejects.toMatchObject({ code: 'both-closed' });
    await move();
    expect([await takes(from), await takes(to)]).toEqual([false, true]);
  });

  it('goes back as long as the target has taken nothing', async () => {
    await move();
    expect(await giveUp(true)).toBe(true);
    expect([await takes(from), await takes(to)]).toEqual([true, false]);
  });

  it('is refused once the target has taken something, and nothing is changed', async () => {
    await move();
    expect(await takes(to)).toBe(true);
    await expect(giveUp(true)).rejects.toMatchObject({ code: 'target-goes-on' });
    expect([await takes(from), await takes(to)]).toEqual([false, true]);
  });

  it('opens the target again that one before it had closed, and was cut off', async () => {
    await move();
    expect(await takes(to)).toBe(true);
    const never = giveUpMove({ from: from.log, to: neverOpened(to.log), wasSwitched: true, steps: silentSteps });
    await expect(never).rejects.toMatchObject({ code: 'target-goes-on' });
    await to.log.close('postgres');
    const away = giveUpMove({ from: from.log, to: neverOpened(to.log), wasSwitched: true, steps: silentSteps });
    await expect(away).rejects.toMatchObject({ code: 'both-closed' });
    await expect(giveUp(true)).rejects.toMatchObject({ code: 'target-goes-on' });
    expect([await takes(from), await takes(to)]).toEqual([false, true]);
  });

  it('is refused where another log is named as the target', async () => {
    await move();
    const other = await Side.open();
    const wrong = giveUpMove({ from: from.log, to: other.log, wasSwitched: true, steps: silentSteps });
    await expect(wrong).rejects.toMatchObject({ code: 'log-differs' });
    await other.close();
    expect([await takes(from), await takes(to)]).toEqual([false, true]);
  });

  it('changes nothing where nothing was closed', async () => {
    expect(await giveUp()).toBe(false);
    expect(await takes(from)).toBe(true);
  });
});

import { randomId } from '@ardoise/format';
import { VaultError } from '@ardoise/vault';
import { board, context, desk } from './spec-support/board';

describe('commands that wait for the same stream', () => {
  it('are decided together on what the ones before them add, in one append', async () => {
    const { execute, write, store } = desk();
    const first = execute(write('a'));
    const waiting = ['b', 'c', 'd', 'e'].map((words) => execute(write(words)));
    const settled = await Promise.allSettled([first, ...waiting]);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(settled[2]).toMatchObject({ value: { version: 3, state: { lines: ['a', 'b', 'c'] } } });
    expect(store.appends).toBeLessThan(3);
  });

  it('do not fail by a neighbour that cannot be sealed', async () => {
    const { execute, write, person, store } = desk();
    const commands = [
      write('a'),
      write('b'),
      { write: ['far too long'.repeat(10)], person },
      { write: ['nobody'], person: 'nobody' },
      write('c'),
    ];
    const settled = await Promise.allSettled(commands.map((command) => execute(command)));
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(settled[4]).toMatchObject({ value: { version: 3, state: { lines: ['a', 'b', 'c'] } } });
    expect(store.log).toHaveLength(3);
  });

  it('do not fail by a neighbour whose person was erased', async () => {
    const { execute, write, vault } = desk();
    const erased = randomId();
    vault.fenced.add(erased);
    const commands = [write('a'), write('b'), { write: ['x'], person: erased }, write('c')];
    const settled = await Promise.allSettled(commands.map((command) => execute(command)));
    expect(settled[2]).toMatchObject({ status: 'rejected', reason: expect.any(VaultError) as VaultError });
    expect(settled[3]).toMatchObject({ status: 'fulfilled', value: { version: 3 } });
  });

  it('leave nothing behind of one whose events do not fold', async () => {
    const { execute, write, store } = desk();
    const commands = [write('a'), write('b', 'cannot be folded'), write('b')];
    const settled = await Promise.allSettled(commands.map((command) => execute(command)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[2]).toMatchObject({ value: { version: 2, state: { lines: ['a', 'b'] } } });
    expect(store.log.map(({ version }) => version)).toEqual([0, 1]);
  });

  it('all learn that the vault or the log is away', async () => {
    const { execute, write, vault } = desk();
    vault.away = true;
    const settled = await Promise.allSettled(['a', 'b'].map((words) => execute(write(words))));
    expect(settled.map((one) => one.status === 'rejected' && (one.reason as VaultError).code)).toEqual([
      'vault-unavailable',
      'vault-unavailable',
    ]);
    vault.away = false;
    expect(await execute(write('a'))).toMatchObject({ version: 1 });
  });

  it('are never left waiting, at whatever moment they come', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const { execute } = desk();
      const later = (async () => {
        await execute({ clean: true });
        // A queue ends some turns after its last outcome: each of these turns is one in which another may come.
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        return execute({ clean: true });
      })();
      expect(await later).toMatchObject({ version: 2 });
    }
  });

  it('of different streams do not wait for each other', async () => {
    const { recorder, store } = desk();
    const streams = Array.from({ length: 5 }, () => `board-${randomId()}`);
    const outcomes = await Promise.all(
      streams.map((stream) => recorder.execute(board, stream, { clean: true }, context())),
    );
    expect(outcomes.map(({ version }) => version)).toEqual([1, 1, 1, 1, 1]);
    expect(store.appends).toBe(5);
  });
});

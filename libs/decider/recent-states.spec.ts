import { randomId } from '@ardoise/format';
import { board, organisation } from './spec-support/board';
import { keepingDesk } from './spec-support/keeping-desk';

const often = 1_000;
const cleaning = { clean: true } as const;

/** Twelve events and one with a section, recorded by one process that remembers states. */
async function remembering(remembered: Parameters<typeof keepingDesk>[1] = {}) {
  const made = keepingDesk(often, remembered);
  for (let i = 0; i < 12; i++) await made.execute(cleaning, {}, made.recorder);
  await made.execute(made.write('one'), {}, made.recorder);
  made.reads.length = 0;
  const same = async () => {
    const recalled = await made.recorder.fold(board, organisation, made.stream);
    const read = made.reads.at(-1);
    expect(recalled).toEqual(await made.withoutAny.fold(board, organisation, made.stream));
    return { ...recalled, read };
  };
  return { ...made, same };
}

describe('a state that a process folded a moment ago', () => {
  it('stands for the beginning of its stream: its last event is read again, and what came after', async () => {
    const made = await remembering();
    await made.execute(made.write('two'), {}, made.recorder);
    expect(made.reads).toEqual([2]);
    // What another process appended is read as well.
    await made.execute(cleaning, {}, made.withoutAny);
    expect(await made.same()).toMatchObject({ version: 15, state: { cleaned: 13, lines: [] }, read: 3 });
  });

  it.each(['destroyed', 'lost'] as const)('is let go of when a unit of it is %s', async (state) => {
    const made = await remembering();
    await made.execute({ nothing: true }, {}, made.recorder);
    made.vault.end(made.person, state);
    expect(await made.same()).toMatchObject({ state: { lines: [undefined] }, read: 13 });
    await made.execute({ nothing: true }, {}, made.recorder);
    expect(await made.same()).toMatchObject({ state: { lines: [undefined] }, read: 1 });
  });

  it('is not used on a log that was put back to before it, nor when that went on another way', async () => {
    const made = await remembering();
    made.store.log.length = 3;
    expect(await made.same()).toMatchObject({ version: 3, state: { cleaned: 3 }, read: 3 });
    await made.execute({ nothing: true }, {}, made.recorder);
    for (let i = 0; i < 15; i++) await made.execute(cleaning, {}, made.withoutAny);
    expect(await made.same()).toMatchObject({ version: 18, read: 16 });
    made.store.log.length = 2;
    for (let i = 0; i < 5; i++) await made.execute(made.write(), {}, made.withoutAny);
    expect(await made.same()).toMatchObject({ version: 2, read: 2 });
  });

  it('knows the commands behind it: a repeated one is answered from its events', async () => {
    const made = await remembering();
    const commandId = '6f0b0a52-6f0c-4b0f-9a63-3d2b3f1f7a11';
    const first = await made.execute(made.write('two'), { commandId }, made.recorder);
    await made.execute(cleaning, {}, made.recorder);
    const again = await made.execute(made.write('two'), { commandId }, made.recorder);
    expect(again).toMatchObject({ repeated: true, version: first.version, state: first.state });
    expect(made.store.log).toHaveLength(15);
  });

  it('is of the rules that folded it alone', async () => {
    const made = await remembering();
    const others = { ...board, snapshots: undefined, evolve: (state: never) => state } as unknown as typeof board;
    const folded = await made.recorder.fold(others, organisation, made.stream);
    expect(folded.state).toEqual({ lines: [], cleaned: 0 });
  });

  it('is let go of when nobody asks for it as long as a key is kept', async () => {
    const made = await remembering({ milliseconds: 30_000 });
    made.clock.advance(29_999);
    expect(await made.same()).toMatchObject({ read: 2 });
    made.clock.advance(29_999);
    made.recent.purge();
    expect(await made.same()).toMatchObject({ read: 2 });
    made.clock.advance(30_000);
    expect(await made.same()).toMatchObject({ read: 13 });
  });

  it('makes room for others: the one that was not used for longest goes', async () => {
    const made = await remembering({ most: 20 });
    const others = [`board-${randomId()}`, `board-${randomId()}`];
    for (const stream of others) {
      for (let i = 0; i < 6; i++) {
        await made.recorder.execute(board, stream, cleaning, {
          organisation,
          commandId: crypto.randomUUID(),
          source: 'staff',
        });
      }
    }
    expect(await made.same()).toMatchObject({ read: 13 });
  });

  it('is none of a stream that is too long for all of them', async () => {
    const made = await remembering({ most: 14 });
    for (let i = 0; i < 3; i++) await made.execute(cleaning, {}, made.recorder);
    expect(await made.same()).toMatchObject({ version: 16, read: 16 });
  });

  it('is none of rules that need no state', async () => {
    const made = await remembering();
    const stateless = { ...board, stateless: true as const };
    const again = { organisation, commandId: crypto.randomUUID(), source: 'staff' };
    for (let i = 0; i < 2; i++) await made.recorder.execute(stateless, made.stream, cleaning, again);
    made.reads.length = 0;
    await made.recorder.execute(
      stateless,
      made.stream,
      { nothing: true },
      { ...again, commandId: crypto.randomUUID() },
    );
    expect(made.reads).toEqual([14]);
  });

  it('is none where no key may be kept', async () => {
    const made = await remembering({ milliseconds: 0 });
    expect(await made.same()).toMatchObject({ read: 13 });
  });
});

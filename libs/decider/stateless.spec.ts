import { randomUUID } from 'node:crypto';
import { readHeader } from '@ardoise/format';
import { board, context, desk, type BoardCommand, type BoardEvent, type BoardOpened } from './spec-support/board';
import type { Decider } from '.';

/** A slate that is wiped whatever stands on it. */
const wiped: Decider<null, BoardCommand, BoardEvent, BoardOpened> = {
  kind: board.kind,
  events: board.events,
  stateless: true,
  initialState: () => null,
  evolve: () => null,
  decide: (command) => ('clean' in command ? [{ type: 'board-cleaned', facts: { times: 1 }, sections: {} }] : []),
};

describe('a decider that needs no state', () => {
  const long = async () => {
    const made = desk();
    for (let i = 0; i < 20; i++) await made.recorder.execute(board, made.stream, { clean: true }, context());
    const reads: number[] = [];
    const read = made.store.readStream.bind(made.store);
    made.store.readStream = async (...of: Parameters<typeof read>) => {
      const found = await read(...of);
      reads.push(found.length);
      return found;
    };
    const wipe = (given = {}) => made.recorder.execute(wiped, made.stream, { clean: true }, context(given));
    return { ...made, reads, wipe };
  };

  it('has its events appended at the end of a long stream of which only the last event is read', async () => {
    const { reads, wipe, store, clock } = await long();
    clock.advance(-86_400_000);
    expect(await wipe()).toMatchObject({ version: 21, repeated: false, state: null });
    expect(await wipe()).toMatchObject({ version: 22, repeated: false });
    expect(reads).toEqual([1, 1]);
    const headers = store.log.map(({ header }) => readHeader(header));
    expect(headers.map(({ version }) => version)).toEqual(Array.from({ length: 22 }, (_, i) => i));
    // Dates do not go back in it all the same.
    expect(headers.at(-1)?.recordedAt).toBe(headers.at(0)?.recordedAt);
  });

  it('gives a repeated command its first outcome, and appends nothing', async () => {
    const { wipe, store } = await long();
    const given = { commandId: randomUUID() };
    const first = await wipe(given);
    await wipe();
    const again = await wipe(given);
    expect(again).toMatchObject({ version: 21, repeated: true });
    expect(again.events.map(({ id }) => id)).toEqual(first.events.map(({ id }) => id));
    expect(store.log).toHaveLength(22);
  });

  it('gives it also where the command, repeated, would come to nothing', async () => {
    const { recorder, stream, wipe, store } = await long();
    const given = { commandId: randomUUID() };
    const first = await wipe(given);
    const nothing: BoardCommand = { nothing: true };
    const again = await recorder.execute(wiped, stream, nothing, context(given));
    expect(again).toMatchObject({ version: 21, repeated: true });
    expect(again.events.map(({ id }) => id)).toEqual(first.events.map(({ id }) => id));
    expect(store.log).toHaveLength(21);
  });

  it('keeps to the version that was asked for', async () => {
    const { wipe } = await long();
    await expect(wipe({ expectedVersion: 3 })).rejects.toMatchObject({ code: 'stale-version' });
    expect(await wipe({ expectedVersion: 20 })).toMatchObject({ version: 21 });
  });

  it('makes a stream that is not there yet, and appends beside others', async () => {
    const { recorder, another, store, stream } = desk();
    const outcomes = await Promise.all(
      [recorder, another(), recorder].map((one) => one.execute(wiped, stream, { clean: true }, context())),
    );
    expect(outcomes.map(({ version }) => version).sort()).toEqual([1, 2, 3]);
    expect(store.log).toHaveLength(3);
  });
});

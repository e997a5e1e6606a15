import { randomUUID } from 'node:crypto';
import { randomId, readHeader } from '@ardoise/format';
import { EventStoreUnavailableError } from '@ardoise/event-store';
import { board, context, desk, organisation } from './spec-support/board';
import { Refusal } from '.';

const refusal = (kind: string, code: string) => expect.objectContaining({ name: 'Refusal', kind, code }) as Refusal;

describe('a command', () => {
  it('becomes events of one append, sealed, and its outcome is the state just after', async () => {
    const { execute, write, store, stream, person } = desk();
    const outcome = await execute(write('a', 'b'), { service: 'api', causation: 'c1', correlation: 'c2' });
    expect(outcome).toMatchObject({ stream, version: 2, repeated: false, state: { lines: ['a', 'b'] } });
    expect(store.appends).toBe(1);
    expect(store.log.map(({ header }) => readHeader(header))).toMatchObject([
      { organisation, stream, version: 0, policy: 3, recordedAt: '2026-11-22T10:11:12Z', facts: { service: 'api' } },
      { version: 1 },
    ]);
    expect(outcome.events[0]?.sections).toMatchObject({ writer: { person, occurredAt: '2026-11-22T10:11:12.345Z' } });
  });

  it('tells what it did as it will be read back', async () => {
    const { execute, stream, person, opened } = desk();
    const given = { service: 'api', causation: 'c1', correlation: 'c2', occurredAt: '2026-11-20T08:00:00.000Z' };
    const lines = await execute({ write: ['a', 'b'], person, author: randomId() }, given);
    const cleaned = await execute({ clean: true }, given);
    const read = await opened();
    const unit = expect.any(String) as string;
    const comparable = [...lines.events, ...cleaned.events].map((event, index) => ({
      ...event,
      position: BigInt(index + 1),
      sections: Object.fromEntries(
        Object.entries(event.sections).map(([role, section]) => [role, { ...section, unit }]),
      ),
    }));
    expect(read).toEqual(comparable);
    expect(read[0]?.sections).toMatchObject({ writer: { request: expect.stringMatching(/^[0-9a-f]{64}$/) as string } });
    expect(read[2]).toMatchObject({ stream, request: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  });

  it('that changes nothing appends nothing, and is decided afresh when it comes back', async () => {
    const { execute, store, write } = desk();
    const given = { commandId: randomUUID() };
    expect(await execute({ nothing: true }, given)).toMatchObject({ version: 0, events: [], repeated: false });
    expect(store.appends).toBe(0);
    expect(await execute(write('a'), given)).toMatchObject({ version: 1, repeated: false });
  });

  it('that is refused appends nothing', async () => {
    const { execute, store, write } = desk();
    await expect(execute(write('a', 'b', 'c', 'd'))).rejects.toEqual(refusal('conflict', 'board-full'));
    expect(store.log).toEqual([]);
  });

  it('is not dated before an earlier one of its stream, whatever the clock does', async () => {
    const { execute, store, write, clock } = desk();
    await execute(write('a'));
    clock.advance(-86_400_000);
    await execute(write('b'));
    clock.advance(2 * 86_400_000);
    await execute(write('c'));
    const dates = store.log.map(({ header }) => readHeader(header).recordedAt);
    expect(dates).toEqual(['2026-11-22T10:11:12Z', '2026-11-22T10:11:12Z', '2026-11-23T10:11:12Z']);
  });

  it('that expects another version is stale; one that expects the right one is not', async () => {
    const { execute, write } = desk();
    await execute(write('a'));
    await expect(execute(write('b'), { expectedVersion: 0 })).rejects.toEqual(refusal('stale', 'stale-version'));
    expect(await execute(write('b'), { expectedVersion: 1 })).toMatchObject({ version: 2 });
  });

  it('makes a stream that its repetition meets again', async () => {
    const { recorder, another } = desk();
    const given = context();
    const stream = await recorder.newStream('board', given);
    expect(stream).toMatch(/^board-[0-9a-f]{32}$/);
    expect(await another().newStream('board', given)).toBe(stream);
    expect(await recorder.newStream('board', context())).not.toBe(stream);
  });

  it('can be loaded and folded on from what is known', async () => {
    const { execute, write, recorder, stream } = desk();
    await execute(write('a'));
    const known = await recorder.fold(board, organisation, stream);
    expect(known).toEqual({ state: { lines: ['a'], cleaned: 0 }, version: 1 });
    expect(await recorder.fold(board, organisation, stream, known)).toBe(known);
    await execute(write('b'));
    expect(await recorder.fold(board, organisation, stream, known)).toMatchObject({ version: 2 });
    expect(await recorder.load(board, organisation, stream)).toMatchObject({
      version: 2,
      state: { lines: ['a', 'b'] },
    });
  });
});

describe('a repeated command', () => {
  it('has the first outcome, also in another process and after others', async () => {
    const { execute, write, store, another } = desk();
    const given = { commandId: randomUUID(), request: { words: 'a' }, expectedVersion: 0 };
    const first = await execute(write('a'), given);
    await execute(write('b'));
    const again = await execute(write('a'), given, another());
    expect(again).toMatchObject({ version: 1, state: first.state, repeated: true });
    expect(again.events.map(({ id }) => id)).toEqual(first.events.map(({ id }) => id));
    expect(store.appends).toBe(2);
  });

  it('of another request is refused, whether the request is sealed or a fact', async () => {
    const { execute, write } = desk();
    for (const command of [write('a'), { clean: true } as const]) {
      const commandId = randomUUID();
      await execute(command, { commandId, request: { words: 'a' } });
      await expect(execute(command, { commandId, request: { words: 'b' } })).rejects.toEqual(
        refusal('reused', 'idempotency-key-reused'),
      );
      expect(await execute(command, { commandId, request: { words: 'a' } })).toMatchObject({ repeated: true });
    }
  });

  it('of another request is refused inside one batch as well', async () => {
    for (const command of [desk().write('a'), { clean: true } as const]) {
      const { execute } = desk();
      const commandId = randomUUID();
      const before = execute({ nothing: true });
      const [first, second, third] = await Promise.allSettled([
        execute(command, { commandId, request: 1 }),
        execute(command, { commandId, request: 2 }),
        execute(command, { commandId, request: 1 }),
        before,
      ]);
      expect(first).toMatchObject({ status: 'fulfilled', value: { repeated: false, version: 1 } });
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'idempotency-key-reused' } });
      expect(third).toMatchObject({ status: 'fulfilled', value: { repeated: true, version: 1 } });
    }
  });

  it('is gone when what it recorded was erased, and says so when the key was lost', async () => {
    for (const [state, code] of [
      ['destroyed', 'erased'],
      ['lost', 'lost'],
    ] as const) {
      const { execute, write, vault, person } = desk();
      const given = { commandId: randomUUID() };
      await execute(write('a'), given);
      vault.end(person, state);
      await expect(execute(write('a'), given)).rejects.toEqual(refusal('gone', code));
    }
  });

  it('is not gone when only its author was erased', async () => {
    const { execute, vault, person } = desk();
    const author = randomId();
    for (const request of [undefined, { words: 'a' }]) {
      const given = { commandId: randomUUID(), request };
      await execute({ write: ['a'], person, author }, given);
      vault.end(author, 'destroyed');
      expect(await execute({ write: ['a'], person, author }, given)).toMatchObject({ repeated: true });
    }
  });

  it('finds what was appended before a crash kept its acknowledgement away', async () => {
    const { execute, write, store } = desk();
    const given = { commandId: randomUUID() };
    store.after = () => {
      store.after = () => undefined;
      throw new EventStoreUnavailableError('the connection broke');
    };
    await expect(execute(write('a'), given)).rejects.toThrow(EventStoreUnavailableError);
    expect(await execute(write('a'), given)).toMatchObject({ version: 1, repeated: true });
    expect(store.log).toHaveLength(1);
  });
});

describe('a stream that others write to', () => {
  it('is loaded and decided again after a conflict', async () => {
    const { execute, write, store, another } = desk();
    const other = another();
    store.before = async () => {
      store.before = () => undefined;
      await execute(write('first'), {}, other);
    };
    const outcome = await execute(write('second'));
    expect(outcome).toMatchObject({ version: 2, state: { lines: ['first', 'second'] } });
    expect(store.log.map(({ version }) => version)).toEqual([0, 1]);
  });

  it('refuses by the rules what the other one made impossible', async () => {
    const { execute, write, store, another } = desk();
    const other = another();
    store.before = async () => {
      store.before = () => undefined;
      await execute(write('a', 'b', 'c'), {}, other);
    };
    await expect(execute(write('d'))).rejects.toEqual(refusal('conflict', 'board-full'));
    expect(store.log).toHaveLength(3);
  });

  it('gives the first outcome to the same command in two processes', async () => {
    const { execute, write, store, another } = desk();
    const given = { commandId: randomUUID() };
    const outcomes = await Promise.all([execute(write('a'), given), execute(write('a'), given, another())]);
    expect(outcomes.map(({ version }) => version)).toEqual([1, 1]);
    expect(outcomes.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
    expect(store.log).toHaveLength(1);
  });

  it('is given up, politely, when others are always faster', async () => {
    const { execute, store } = desk();
    let attempts = 0;
    store.append = async () => ({ kind: 'conflict', version: ++attempts });
    await expect(execute({ clean: true })).rejects.toEqual(refusal('conflict', 'too-much-contention'));
    expect(attempts).toBe(12);
  });
});

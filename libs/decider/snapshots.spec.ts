import { randomUUID } from 'node:crypto';
import { randomId } from '@ardoise/format';
import type { KeptSnapshot } from '@ardoise/snapshots';
import * as fc from 'fast-check';
import { board, context, organisation, type BoardCommand } from './spec-support/board';
import { keepingDesk } from './spec-support/keeping-desk';
import type { Decider } from '.';

const cleaning = { clean: true } as const;

async function longBoard(every?: number) {
  const made = keepingDesk(every);
  for (let i = 0; i < 12; i++) await made.execute(cleaning, {}, made.recorder);
  await made.execute(made.write('one'), {}, made.recorder);
  for (let i = 0; i < 12; i++) await made.execute({ nothing: true }, {}, made.recorder);
  await made.snapshots.settled();
  made.reads.length = 0;
  return made;
}

const fold = (made: Awaited<ReturnType<typeof longBoard>>, by = made.recorder) =>
  by.fold(board, organisation, made.stream);

describe('a snapshot', () => {
  it('stands for the beginning of a long stream: only its last event and what came after are read', async () => {
    const made = await longBoard();
    const whole = await fold(made, made.withoutAny);
    expect(await fold(made)).toEqual(whole);
    const [all, short] = made.reads;
    expect(all).toBe(13);
    expect(short).toBeLessThan(8);
  });

  it('holds no byte of what was sealed', async () => {
    const made = keepingDesk(1);
    await made.execute(made.write('CANARY'), {}, made.recorder);
    await made.execute({ nothing: true }, {}, made.recorder);
    await made.snapshots.settled();
    const [kept] = [...made.rows.values()];
    expect(kept?.place.events).toBe(1);
    expect(kept?.sealed.includes('CANARY')).toBe(false);
    expect(JSON.stringify(kept?.place)).not.toMatch(/CANARY/);
    expect((await fold({ ...made })).state.lines).toEqual(['CANARY']);
  });

  it.each(['destroyed', 'lost'] as const)('opens for nobody once a key of a section is %s', async (state) => {
    const made = await longBoard(13);
    const another = randomId();
    await made.execute({ write: ['two'], person: another }, {}, made.recorder);
    expect(made.rows.size).toBe(1);
    made.vault.end(made.person, state);
    expect((await fold(made)).state.lines).toEqual([undefined, 'two']);
    expect(made.reads.at(-1)).toBe(14);
    // What is kept after that was folded without it, and dies with what it was folded from.
    await made.execute({ nothing: true }, {}, made.recorder);
    await made.snapshots.settled();
    expect((await fold(made)).state.lines).toEqual([undefined, 'two']);
    expect(made.reads.at(-1)).toBe(1);
    made.vault.end(another, state);
    expect((await fold(made)).state.lines).toEqual([undefined, undefined]);
  });

  it('is not used when a unit ends between its opening and that of what came after', async () => {
    const made = await longBoard(13);
    await made.execute(made.write('two'), {}, made.recorder);
    const readStream = made.store.readStream.bind(made.store);
    made.store.readStream = async (...of: Parameters<typeof readStream>) => {
      made.vault.end(made.person, 'destroyed');
      return readStream(...of);
    };
    expect((await fold(made)).state.lines).toEqual([undefined, undefined]);
  });

  it('gives the first outcome of a command whose events stand behind it, and appends nothing', async () => {
    const made = keepingDesk();
    const first = context({ commandId: randomUUID() });
    const outcome = await made.execute(made.write('one'), first, made.recorder);
    for (let i = 0; i < 11; i++) await made.execute(cleaning, {}, made.recorder);
    await made.snapshots.settled();
    expect(made.rows.size).toBe(1);
    const again = await made.execute(made.write('one'), first, made.another(made.keeper()));
    expect(again).toMatchObject({ version: 1, state: outcome.state, repeated: true });
    expect(again.events.map(({ id }) => id)).toEqual(outcome.events.map(({ id }) => id));
    expect(made.store.log).toHaveLength(12);
    const other = context({ ...first, request: { to: '/lines', body: { other: true } } });
    await expect(made.execute(made.write('one'), other, made.recorder)).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
    made.vault.end(made.person, 'destroyed');
    await expect(made.execute(made.write('one'), first, made.recorder)).rejects.toMatchObject({ code: 'erased' });
  });

  it('is not used beside a log that was put back to before it, nor when that log went on another way', async () => {
    const made = await longBoard();
    made.store.log.length = 3;
    expect(await fold(made)).toMatchObject({ version: 3, state: { cleaned: 3 } });
    await made.execute(made.write('another'), {}, made.withoutAny);
    await made.execute(made.write('history'), {}, made.withoutAny);
    for (let i = 0; i < 20; i++) await made.execute(cleaning, {}, made.withoutAny);
    expect(await fold(made)).toMatchObject({ version: 25, state: { cleaned: 23, lines: [] } });
  });

  it('is not used by rules of another version, nor by those of other versions of events', async () => {
    const made = await longBoard();
    const { snapshots, events } = board;
    const others: Partial<typeof board>[] = [
      { snapshots: { ...(snapshots as NonNullable<typeof snapshots>), version: 2 } },
      { events: events.map((event) => ({ ...event, schema: event.schema + 1 })) },
    ];
    for (const other of others) {
      const rules = { ...board, ...other } as Decider<never, never, never, never>;
      await made.recorder.fold(rules, organisation, made.stream);
      expect(made.reads.at(-1)).toBe(13);
    }
  });

  it('that was altered, or put in another place, is as if it were not there', async () => {
    const made = await longBoard();
    const [[name, kept]] = [...made.rows] as [[string, KeptSnapshot]];
    const { place, sealed } = kept;
    const altered = Buffer.from(sealed);
    altered[altered.length - 20]! ^= 1;
    const forms: KeptSnapshot[] = [
      { place, sealed: altered },
      { place, sealed: Buffer.alloc(10) },
      { place: { ...place, events: place.events - 1 }, sealed },
      { place: { ...place, units: place.units.map((unit) => ({ ...unit, state: 'erased' })) }, sealed },
    ];
    const whole = await fold(made, made.withoutAny);
    for (const form of forms) {
      made.rows.set(name, form);
      expect(await fold(made)).toEqual(whole);
    }
  });

  it('comes to the same as the whole stream, whatever happened and whoever was erased when', async () => {
    const people = [randomId(), randomId(), randomId()];
    const someone = fc.integer({ min: 0, max: 2 });
    const step = fc.oneof(
      fc.record({ write: fc.array(fc.string({ maxLength: 5 }), { maxLength: 2 }), by: someone, author: someone }),
      fc.constant({ clean: true as const }),
      fc.record({ end: someone, lost: fc.boolean() }),
      fc.constant({ forget: true as const }),
      fc.record({ repeat: fc.nat() }),
    );
    const remembering = fc.constantFrom(undefined, {}, { most: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        remembering,
        async (steps, every, remembered) => {
          const made = keepingDesk(every, remembered);
          const done: { command: BoardCommand; given: ReturnType<typeof context>; version: number }[] = [];
          for (const one of steps) {
            if ('end' in one) {
              // Who is erased stays erased under new units too: the vault makes none.
              made.vault.end(people[one.end] as string, one.lost ? 'lost' : 'destroyed');
              made.vault.fenced.add(people[one.end] as string);
            } else if ('forget' in one) made.rows.clear();
            else if ('repeat' in one) {
              const earlier = done[one.repeat % (done.length || 1)];
              if (!earlier) continue;
              const { command, given, version } = earlier;
              const again = await made
                .execute(command, given, made.recorder)
                .catch((error: { code: string }) => error.code);
              if (typeof again === 'string') expect(['erased', 'lost']).toContain(again);
              else expect(again).toMatchObject({ repeated: true, version });
            } else {
              const command: BoardCommand =
                'clean' in one
                  ? one
                  : { write: one.write, person: people[one.by] as string, author: people[one.author] as string };
              const given = context();
              const outcome = await made.execute(command, given, made.recorder).catch(() => undefined);
              if (outcome && outcome.events.length > 0) done.push({ command, given, version: outcome.version });
            }
            await made.snapshots.settled();
            const [kept, whole] = [await fold(made), await fold(made, made.withoutAny)];
            expect(kept).toEqual(whole);
          }
        },
      ),
      { numRuns: 250 },
    );
  });
});

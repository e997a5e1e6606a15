import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '@ardoise/format';
import {
  ContractContext,
  deliveredUntil,
  FaultHooks,
  newAppend,
  newEvent,
  newOrganisation,
  newStream,
  readAll,
} from './contract-fixtures';
import { StoredEvent } from './event-store';

export function races(context: ContractContext, hooks: readonly (keyof FaultHooks)[]): void {
  const having = (hook: keyof FaultHooks) => (hooks.includes(hook) ? it : it.skip);

  describe('races', () => {
    // T1 takes the organisation's lock and its position, and does not commit.
    // T2 appends to another stream of the organisation. Were its position given and committed now, it would stand
    //    behind T1's, a reader would pass it, and T1's event would then appear where that reader never looks again.
    // R  reads: it must see neither, for T2 has to wait for T1.
    // T1 commits, then T2 does. R reads on from where it was: both, in order.
    having('holdAppend')('a reader never skips an event that commits late', async () => {
      const organisation = newOrganisation();
      await context.a.append(newAppend({ organisation }));
      const [early] = await readAll(context.a, organisation);
      const late = newAppend({ organisation });
      const held = await context.faults.holdAppend(late);
      let isAnswered = false;
      const overtaking = newAppend({ organisation });
      const answered = context.b.append(overtaking).finally(() => (isAnswered = true));
      for (let look = 0; look < 20; look++) {
        expect(await context.a.readLog(organisation, early!.position, 10)).toEqual([]);
      }
      expect(isAnswered).toBe(false);
      await held.commit();
      await answered;
      const passed = await context.a.readLog(organisation, early!.position, 10);
      expect(passed.map(({ stream }) => stream)).toEqual([late.stream, overtaking.stream]);
    });

    // T1 creates a stream and does not commit; T2, elsewhere, creates the same one. T2 cannot see T1's row, and must
    // not take that for "there is none": it waits, then finds the stream at version 1.
    // T3 repeats T1's command meanwhile (its caller lost the connection): it waits too, then is told so.
    having('holdAppend')('two that create one stream do not both succeed', async () => {
      const append = newAppend();
      const held = await context.faults.holdAppend(append);
      const rival = context.b.append({ ...append, events: [newEvent()] });
      const repetition = context.a.append(append);
      await held.commit();
      expect(await rival).toEqual({ kind: 'conflict', version: 1 });
      expect(await repetition).toEqual({ kind: 'repeated' });
    });

    // T1..T8 have all read version n and append with it, four in one process and four in another. Read committed
    // alone lets two pass their check before either writes.
    it('eight writers on one expected version: exactly one wins, in each of many rounds', async () => {
      const [organisation, stream] = [newOrganisation(), newStream()];
      for (let round = 0; round < 40; round++) {
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, (_, i) =>
            (i % 2 ? context.a : context.b).append(newAppend({ organisation, stream, expectedVersion: round })),
          ),
        );
        expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
        for (const outcome of outcomes) expect(outcome).toMatchObject({ version: round + 1 });
      }
      expect((await context.a.readStream(organisation, stream)).map(({ version }) => version)).toEqual([
        ...Array(40).keys(),
      ]);
    });

    // A client sends a command again, and its two requests reach two processes at once.
    it('one command from two stores at once is appended once', async () => {
      for (let round = 0; round < 20; round++) {
        const append = newAppend();
        const outcomes = await Promise.all([context.a.append(append), context.b.append(append)]);
        expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['appended', 'repeated']);
      }
    });

    having('appendElsewhere')('one command from three operating-system processes is appended once', async () => {
      const append = newAppend();
      const elsewhere = () => context.faults.appendElsewhere(append);
      const outcomes = await Promise.all([elsewhere(), elsewhere(), context.a.append(append)]);
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['appended', 'repeated', 'repeated']);
      expect(await context.b.readStream(append.organisation, append.stream)).toHaveLength(1);
    });

    // Two batches of two processes hold the same streams, named in opposite orders: were they locked as they come,
    // each would wait for the other.
    it('batches that meet on the same streams do not lock each other out', async () => {
      const organisation = newOrganisation();
      const streams = Array.from({ length: 20 }, newStream);
      for (let version = 0; version < 10; version++) {
        const at = (stream: string) => newAppend({ organisation, stream, expectedVersion: version });
        const outcomes = await Promise.all([
          ...streams.map((stream) => context.a.append(at(stream))),
          ...[...streams].reverse().map((stream) => context.b.append(at(stream))),
        ]);
        expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(20);
      }
    });

    // Ten writers, in two processes, some streams shared; two readers follow from the beginning. What each reader was
    // given must be the log itself: nothing skipped, nothing twice, each stream without a gap.
    it('a reader while ten writers append skips nothing and sees nothing twice', async () => {
      const organisation = newOrganisation();
      const streams = Array.from({ length: 5 }, newStream);
      const [writers, appends] = [10, 120];
      const expected = writers * appends;
      const following = [context.a, context.b].map((store) =>
        deliveredUntil(store, organisation, (events) => events.length >= expected, 37),
      );
      const write = async (writer: number): Promise<void> => {
        const store = writer % 2 ? context.a : context.b;
        const stream = streams[writer % streams.length] as string;
        let expectedVersion = 0;
        for (let done = 0; done < appends;) {
          const outcome = await store.append(newAppend({ organisation, stream, expectedVersion }));
          if (outcome.kind === 'repeated') throw new Error('nothing was repeated');
          expectedVersion = outcome.version;
          if (outcome.kind === 'appended') done++;
        }
      };
      await Promise.all(Array.from({ length: writers }, (_, i) => write(i)));
      const log = await readAll(context.a, organisation);
      expect(log).toHaveLength(expected);
      for (const delivered of await Promise.all(following)) expect(signature(delivered)).toEqual(signature(log));
      for (const stream of streams) {
        const versions = log.filter((event) => event.stream === stream).map(({ version }) => version);
        expect(versions).toEqual([...versions.keys()]);
      }
    });

    it('an append that is larger than a batch may be, and more of them than one takes, all arrive', async () => {
      const organisation = newOrganisation();
      const large = newAppend({ organisation, events: [newEvent({ sections: randomBytes(9_000_000) })] });
      const many = Array.from({ length: 700 }, () => newAppend({ organisation }));
      const outcomes = await Promise.all([large, ...many].map((append) => context.a.append(append)));
      expect(outcomes.every(({ kind }) => kind === 'appended')).toBe(true);
      expect(await readAll(context.b, organisation)).toHaveLength(701);
    });
  });
}

function signature(events: readonly StoredEvent[]): string[] {
  return events.map(({ position, stream, version }) => `${position} ${stream} ${version}`);
}

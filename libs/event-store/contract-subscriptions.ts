import { describe, expect, it } from '@jest/globals';
import { ContractContext, deliveredUntil, newAppend, newEvent } from './contract-fixtures';

export function subscribing(context: ContractContext): void {
  describe('subscribing', () => {
    it('catches up, then delivers what comes, from this store and from another', async () => {
      const first = newAppend({ events: [newEvent(), newEvent(), newEvent()] });
      const { organisation } = first;
      await context.a.append(first);
      let live = 0;
      const delivered = await deliveredUntil(
        context.a,
        organisation,
        (events) => {
          // Each delivery is answered by one more event, by turns from the two stores.
          const store = live++ % 2 === 0 ? context.b : context.a;
          if (live < 6) void store.append(newAppend({ organisation }));
          return events.length >= 7;
        },
        2,
      );
      expect(delivered.slice(0, 7)).toEqual(await context.b.readLog(organisation, 0n, 7));
    });

    it('begins after the position it is given', async () => {
      const append = newAppend({ events: [newEvent(), newEvent(), newEvent()] });
      await context.a.append(append);
      const [, second] = await context.a.readLog(append.organisation, 0n, 3);
      const subscription = context.b.subscribe({ organisation: append.organisation, after: second!.position });
      for await (const events of subscription) {
        expect(events.map(({ version }) => version)).toEqual([2]);
        break;
      }
    });

    it('fetches the next batch only when it is asked for', async () => {
      const { organisation, ...rest } = newAppend({ events: [newEvent(), newEvent()] });
      await context.a.append({ organisation, ...rest });
      const abort = new AbortController();
      const iterator = context.a
        .subscribe({ organisation, after: 0n, batchSize: 1, signal: abort.signal })
        [Symbol.asyncIterator]();
      expect((await iterator.next()).value).toMatchObject([{ version: 0 }]);
      // Nobody asks: what is appended meanwhile comes in its order, in batches no larger than wanted.
      await context.b.append(newAppend({ organisation, stream: rest.stream, expectedVersion: 2 }));
      expect((await iterator.next()).value).toMatchObject([{ version: 1 }]);
      expect((await iterator.next()).value).toMatchObject([{ version: 2 }]);
      abort.abort();
      expect((await iterator.next()).done).toBe(true);
    });

    it('ends when it is aborted while waiting', async () => {
      const abort = new AbortController();
      const iterator = context.a.subscribe({ ...newAppend(), after: 0n, signal: abort.signal })[Symbol.asyncIterator]();
      const next = iterator.next();
      abort.abort();
      expect((await next).done).toBe(true);
    });
  });
}

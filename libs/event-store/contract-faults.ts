import { describe, expect, it } from '@jest/globals';
import { Append, EventStoreUnavailableError } from './event-store';
import {
  ContractContext,
  deliveredUntil,
  FaultHooks,
  insist,
  newAppend,
  newOrganisation,
  newStream,
  readAll,
} from './contract-fixtures';

export function faults(context: ContractContext, hooks: readonly (keyof FaultHooks)[]): void {
  const having = (hook: keyof FaultHooks) => (hooks.includes(hook) ? it : it.skip);

  describe('faults', () => {
    // The statement is sent; the connection is cut before the answer, sometimes before, sometimes after the commit.
    // The caller cannot know, and sends the same command again: whichever it was, the event is there once.
    having('cutConnections')('a command whose answer was lost is appended exactly once', async () => {
      const organisation = newOrganisation();
      let lost = 0;
      for (let round = 0; round < 25; round++) {
        const appends = Array.from({ length: 4 }, () => newAppend({ organisation }));
        const sent = appends.map((append) => context.a.append(append).catch((error: unknown) => error));
        // Each round lets a little more happen before the cut.
        for (let turn = 0; turn < round; turn++) await new Promise(setImmediate);
        await context.faults.cutConnections();
        const answers = await Promise.all(sent);
        for (const [i, append] of appends.entries()) {
          if (!(answers[i] instanceof Error)) continue;
          expect(answers[i]).toBeInstanceOf(EventStoreUnavailableError);
          lost++;
          const outcome = await insist(() => context.a.append(append));
          expect(['appended', 'repeated']).toContain(outcome.kind);
        }
      }
      expect(lost).toBeGreaterThan(0);
      const log = await readAll(context.b, organisation);
      expect(log).toHaveLength(100);
      expect(new Set(log.map(({ stream }) => stream)).size).toBe(100);
    });

    // Everything that the reader has is cut after each delivery: it looks again by itself, and from where it was.
    having('cutConnections')('a subscription goes on where it was when its connections were cut', async () => {
      const organisation = newOrganisation();
      await context.a.append(newAppend({ organisation }));
      const further = async (): Promise<void> => {
        await context.faults.cutConnections();
        const append = newAppend({ organisation });
        await insist(() => context.a.append(append));
      };
      const going: Promise<void>[] = [];
      const delivered = await deliveredUntil(context.b, organisation, (events) => {
        if (events.length < 10) going.push(further());
        return events.length >= 10;
      });
      await Promise.all(going);
      const versions = (await readAll(context.a, organisation)).map(({ stream }) => stream);
      expect(delivered.map(({ stream }) => stream)).toEqual(versions);
    });

    // Writers append one version after the other while the engine is killed, twice. Every acknowledged version is
    // there afterwards, once, and a reader is given each of them.
    having('crash')('what was acknowledged survives a crash of the engine', async () => {
      const organisation = newOrganisation();
      const acknowledged: Append[] = [];
      let isEnding = false;
      const write = async (): Promise<void> => {
        const stream = newStream();
        for (let expectedVersion = 0; !isEnding; expectedVersion++) {
          const append = newAppend({ organisation, stream, expectedVersion });
          const outcome = await insist(() => context.a.append(append));
          // A repetition of ours tells that the lost answer was "appended"; nobody else writes here.
          expect(['appended', 'repeated']).toContain(outcome.kind);
          acknowledged.push(append);
        }
      };
      const more = async (): Promise<void> => {
        const enough = acknowledged.length + 50;
        while (acknowledged.length < enough) await new Promise(setImmediate);
      };
      const writing = Promise.all(Array.from({ length: 8 }, write));
      try {
        for (let crash = 0; crash < 2; crash++) {
          await more();
          await context.faults.crash(async () => {
            // A session may answer for a moment after its server's death.
            const answer = () => context.b.head(organisation).catch((error: unknown) => error);
            while (!((await answer()) instanceof EventStoreUnavailableError)) await new Promise(setImmediate);
          });
          await more();
        }
      } finally {
        isEnding = true;
      }
      await writing;
      const log = await readAll(context.b, organisation);
      const key = ({ stream }: { stream: string }, version: number) => `${stream} ${version}`;
      const stored = new Set(log.map((event) => key(event, event.version)));
      expect(stored.size).toBe(log.length);
      expect(log).toHaveLength(acknowledged.length);
      for (const append of acknowledged) expect(stored).toContain(key(append, append.expectedVersion));
      const delivered = await deliveredUntil(context.b, organisation, (events) => events.length >= log.length);
      expect(delivered).toHaveLength(log.length);
    });
  });
}

import { randomUUID } from 'node:crypto';
import { Recorder, Refusal, type Decider } from '@ardoise/decider';
import { SystemClock } from '@ardoise/time';
import type { AnyEvent, AnyOpened } from '@ardoise/sealing';
import { type ArdoiseLog, openArdoise, organisation } from '../contestants/ardoise';
import { openCastore } from '../contestants/castore';
import { openEmmett } from '../contestants/emmett';
import { openMessageDb } from '../contestants/message-db';
import { crowding } from '../contestants/subject';
import { type BenchStream, clearPayload, moduleTimed } from '../payload';
import { callers, compare, ratios, type Contestant } from '../rounds';
import type { Bench, CaseResult } from '../case';

const count = 64;
const places = 100;
const onOne = (name: string): string => `${name}, ${count} callers on one stream`;

interface Seats {
  readonly taken: number;
}

/** A session of so many places: each that is taken is an event, decided on those taken before. */
const seats: Decider<Seats, BenchStream, AnyEvent, AnyOpened> = {
  kind: 'learning',
  events: [moduleTimed],
  initialState: () => ({ taken: 0 }),
  evolve: ({ taken }) => ({ taken: taken + 1 }),
  decide: (session, { taken }) => {
    if (taken >= places) throw new Refusal('conflict', 'full', 'all places are taken');
    const { person, fields } = clearPayload(session);
    return [
      {
        type: 'module-timed',
        facts: {},
        sections: { learner: { person, occurredAt: new Date().toISOString(), fields } },
      },
    ];
  },
};

/** Many callers on one stream, which fills up and is followed by another. */
export async function hotStream(bench: Bench): Promise<CaseResult> {
  const { server, options, say } = bench;
  const ardoise = await openArdoise(await server.database('ardoise_hot'), server.folder);
  const peers = [
    await openEmmett(await server.database('emmett_hot')),
    await openMessageDb(await server.database('message_db_hot')),
    await openCastore(await server.database('castore_hot')),
  ];
  try {
    const contestants = [filling(ardoise), ...peers.map((peer) => crowding(peer, count, places))];
    const standings = await compare(contestants, { ...options, backend: server.backend, say });
    return {
      name: 'hot-stream',
      title: 'One stream that many write to',
      about:
        `${count} callers take the ${places} places of a session, one event each, decided on those that were taken ` +
        'before; then of the next one. Ardoise decides on commands in a queue for each stream, on top of each other, ' +
        'and appends them in one step, each with an outcome of its own. A peer reads the stream, decides, appends at ' +
        'the version it read, and begins again when another was faster.',
      unit: 'places/s',
      standings,
      ratios: ratios(
        standings,
        peers.map(({ name }) => ({
          what: `Ardoise to ${name}`,
          of: onOne('Ardoise'),
          to: onOne(name),
          ...(name === 'Emmett' ? { atLeast: 3 } : {}),
        })),
      ),
      figures: [],
    };
  } finally {
    await Promise.all([ardoise, ...peers].map((one) => one.close()));
  }
}

function filling(ardoise: ArdoiseLog): Contestant {
  const recorder = new Recorder({ ...ardoise, clock: new SystemClock(), policyOf: () => 1 });
  return {
    name: onOne('Ardoise'),
    run: async (over) => {
      let session = await openSession(ardoise);
      let next: Promise<BenchStream> | undefined;
      return callers(count, over, async () => {
        for (;;) {
          const tried = session;
          const context = { organisation, commandId: randomUUID(), service: 'bench', source: 'lms' };
          try {
            await recorder.execute(seats, tried.stream, tried, context);
            return 1;
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
          if (over()) return 0;
          if (session !== tried) continue;
          next ??= openSession(ardoise);
          session = await next;
          next = undefined;
        }
      });
    },
  };
}

async function openSession(ardoise: ArdoiseLog): Promise<BenchStream> {
  const [session] = await ardoise.streams(1);
  return session as BenchStream;
}

import { EventStoreDBEventStore } from '@ardoise/event-store-eventstoredb';
import type { NewEvent } from '@ardoise/event-store';
import { randomBytes } from '@ardoise/format';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import type { Bench, CaseResult } from '../case';
import { callersText, turns } from '../contestants/subject';
import { newStream, type BenchStream, sealedEvents } from '../payload';
import { callers, compare, ratios, type Contestant } from '../rounds';

const adapter = 'Ardoise on EventStoreDB';
const bare = 'bare client';
const streams = 64;
const shapes = [
  { count: 1, events: 1 },
  { count: 16, events: 1 },
  { count: 1, events: 100 },
];

/** Appends so many of the events beforehand made to a stream that is at such a version. */
type Append = (to: BenchStream, events: readonly NewEvent[]) => Promise<void>;

/** The log on EventStoreDB beside the engine's own client, which writes the same bytes. */
export async function eventstoredb({ eventstore = '', options, say }: Bench): Promise<CaseResult> {
  const store = new EventStoreDBEventStore({ connectionString: eventstore });
  const client = EventStoreDBClient.connectionString(eventstore);
  const made = await sealedEvents(2_000);
  const organisation = `bench${Date.now().toString(36)}`;
  const appends: readonly (readonly [string, Append])[] = [
    [
      adapter,
      async (to, events) => {
        const { stream, version: expectedVersion } = to;
        const outcome = await store.append({ organisation, stream, expectedVersion, events });
        if (outcome.kind !== 'appended') throw new Error(`an append of the benchmark came out as ${outcome.kind}`);
      },
    ],
    [
      bare,
      async ({ stream, version }, events) => {
        const written = events.map(({ header, sections, command }) =>
          binaryEvent({ type: 'event', data: Buffer.concat([command, header, sections]) }),
        );
        const expectedRevision = version === 0 ? 'no_stream' : BigInt(version - 1);
        await client.appendToStream(`${organisation}-bare.${stream}`, written, { expectedRevision });
      },
    ],
  ];
  try {
    const contestants = shapes.flatMap(({ count, events }) =>
      appends.map(([name, append]) => appending(`${name}, ${shapeText(count, events)}`, append, made, count, events)),
    );
    const standings = await compare(contestants, { ...options, say });
    return {
      name: 'eventstoredb',
      title: 'The log on EventStoreDB',
      about:
        'Events made beforehand, appended to one of 64 streams at an exact expected version: by the adapter, which ' +
        'looks for the command and gives positions, and by @eventstore/db-client with the same bytes. The processor time ' +
        'is that of this process alone; the engine stands beside it on the same machine.',
      unit: 'events/s',
      standings,
      ratios: ratios(
        standings,
        shapes.map(({ count, events }) => ({
          what: `adapter to bare client, ${shapeText(count, events)}`,
          of: `${adapter}, ${shapeText(count, events)}`,
          to: `${bare}, ${shapeText(count, events)}`,
          ...(events === 1 ? { atLeast: 0.85 } : {}),
        })),
      ),
      figures: [],
    };
  } finally {
    await store.close();
    await client.dispose();
  }
}

function appending(name: string, append: Append, made: readonly NewEvent[], count: number, events: number): Contestant {
  const own = Array.from({ length: streams }, newStream);
  let at = 0;
  // A command of its own for each append: one that stands in the stream already would append nothing.
  const next = (): NewEvent[] => {
    const command = randomBytes(32);
    return Array.from({ length: events }, () => ({ ...(made[at++ % made.length] as NewEvent), command }));
  };
  return {
    name,
    ...(name.startsWith(bare)
      ? { leavesOut: 'no command is looked for; no organisations; no positions for readers' }
      : {}),
    run: (over) => {
      const turn = turns(own, count);
      return callers(count, over, async (caller) => {
        const to = turn(caller);
        await append(to, next());
        to.version += events;
        return events;
      });
    },
  };
}

function shapeText(count: number, events: number): string {
  return events === 1 ? callersText(count) : `${callersText(count)}, ${events} at once`;
}

import { createHash } from 'node:crypto';
import { randomBytes, randomId } from '@ardoise/format';
import type { EventStore, NewEvent } from '@ardoise/event-store';
import { createClient } from '@ardoise/postgres';
import type { Client } from 'pg';
import type { Bench, CaseResult, Figure } from '../case';
import { openArdoise, organisation } from '../contestants/ardoise';
import { whole } from '../figures';
import { sealedEvents } from '../payload';
import { callers, compare, type Contestant, type Standing } from '../rounds';

const smallest = 100_000;
/** Most that a rate may fall from the smallest log to the largest, as a quotient. */
const mostFall = 1.3;
const eventsOfStream = 24;
/** Streams that grow at the same time, each by one event in turn. */
const abreast = 10_000;
const block = eventsOfStream * abreast;
const filledAtOnce = 100_000;

/** The same work on a log that grows: a year's, ten years', a hundred's. */
export async function growth({ server, options, largest, say }: Bench): Promise<CaseResult> {
  const url = await server.database('growth');
  const ardoise = await openArdoise(url, server.folder);
  const owner = createClient(url, { applicationName: 'bench owner' });
  await owner.connect();
  await owner.query('SET statement_timeout = 0');
  const found: { readonly size: number; readonly standings: readonly Standing[]; readonly memory: number }[] = [];
  try {
    const made = await sealedEvents(2_000);
    const fills: Fill[] = [];
    const versions = new Map<string, number>();
    for (let size = smallest; size <= largest; size *= 10) {
      const begun = performance.now();
      // Behind what was appended while it was measured.
      fills.push({ from: Number(await ardoise.store.head(organisation)), to: size });
      await fill(owner, fills.at(-1) as Fill);
      say(`  ${whole(size)} events after ${((performance.now() - begun) / 1000).toFixed(0)} s`);
      const standings = await compare(contestants(ardoise.store, made, fills, versions), {
        ...options,
        backend: server.backend,
        say,
      });
      found.push({ size, standings, memory: process.memoryUsage().rss });
    }
  } finally {
    await owner.end();
    await ardoise.close();
  }
  return {
    name: 'growth',
    title: 'Growth',
    about:
      `The same work on logs of one organisation of ${found.map(({ size }) => whole(size)).join(', ')} events. The log ` +
      'was filled by the database itself with events as long as real ones, in streams of ' +
      `${eventsOfStream} that grew ${whole(abreast)} at a time. Streams are taken at random from all there are, old ones as ` +
      'well as new ones. One size after the other: what else the machine did is not the same for all.',
    unit: 'events/s',
    standings: found.flatMap(({ size, standings }) =>
      standings.map((one) => ({ ...one, name: `${one.name}, ${whole(size)} events` })),
    ),
    ratios: [],
    figures: [
      ...fallFigures(found),
      {
        what: 'resident memory of the process',
        value: found.map(({ memory }) => `${whole(memory / 2 ** 20)} MiB`).join(', '),
      },
    ],
  };
}

function fallFigures(found: readonly { readonly size: number; readonly standings: readonly Standing[] }[]): Figure[] {
  const [first, last] = [found[0], found.at(-1)];
  if (!first || !last || first === last) return [];
  return first.standings.map(({ name, perSecond }, index) => {
    const fall = perSecond.median / (last.standings[index]?.perSecond.median ?? NaN);
    const what = `${name}: ${whole(first.size)} events to ${whole(last.size)}`;
    return { what, value: fall.toFixed(2), goal: `≤ ${mostFall}`, reached: fall <= mostFall };
  });
}

/** Positions that were filled at one time: after one, through another. */
interface Fill {
  readonly from: number;
  readonly to: number;
}

async function fill(owner: Client, { from, to }: Fill): Promise<void> {
  await owner.query('SELECT log.extend($1, 0)', [to]);
  for (let at = from; at < to; at += filledAtOnce) {
    const range = [at, Math.min(at + filledAtOnce, to)];
    await owner.query('BEGIN');
    await owner.query(
      `INSERT INTO log.events (organisation, position, stream, version, header, sections, leaf)
       SELECT '${organisation}', n + 1, ${streamOf('n', from)}, ((n - ${from}) % ${block}) / ${abreast},
              decode(repeat(md5(n::text), 40), 'hex'), decode(repeat(md5(n::text), 41), 'hex'), sha256(int8send(n))
         FROM generate_series($1::bigint, $2::bigint - 1) n`,
      range,
    );
    await owner.query(
      `INSERT INTO log.commands (organisation, stream, command)
       SELECT '${organisation}', ${streamOf('n', from)}, sha256(int8send(n)) FROM generate_series($1::bigint, $2::bigint - 1) n`,
      range,
    );
    await owner.query(
      `INSERT INTO log.streams AS s (organisation, stream, version, grown)
       SELECT '${organisation}', ${streamOf('n', from)}, count(*), 1 FROM generate_series($1::bigint, $2::bigint - 1) n GROUP BY 2
       ON CONFLICT (organisation, stream) DO UPDATE SET version = s.version + excluded.version`,
      range,
    );
    await owner.query(
      `INSERT INTO log.heads AS h (organisation, position) VALUES ('${organisation}', $1::bigint)
       ON CONFLICT (organisation) DO UPDATE SET position = h.position + $1`,
      [(range[1] as number) - at],
    );
    await owner.query('COMMIT');
  }
  await owner.query('CHECKPOINT');
}

/** SQL for the stream of an event by its number, in a fill that began at another. */
const streamOf = (n: string, from: number): string =>
  `'learning-' || md5('${from} ' || ((${n} - ${from}) / ${block} * ${abreast} + (${n} - ${from}) % ${abreast})::text)`;

/** A stream that was filled, by its number in its fill, and how many events it was given. */
function filledStream({ from, to }: Fill, number: number): { readonly stream: string; readonly version: number } {
  const [round, turn] = [Math.floor(number / abreast), number % abreast];
  const inRound = Math.min(block, to - from - round * block);
  const stream = `learning-${createHash('md5').update(`${from} ${number}`).digest('hex')}`;
  return { stream, version: Math.floor((inRound - 1 - turn) / abreast) + 1 };
}

/** `versions` are those of the streams that were appended to since they were filled. */
function contestants(
  store: EventStore,
  made: readonly NewEvent[],
  fills: readonly Fill[],
  versions: Map<string, number>,
): Contestant[] {
  const size = fills.at(-1)?.to ?? 0;
  const anyStream = (): { readonly stream: string; readonly version: number } => {
    const position = Math.floor(Math.random() * size);
    const fill = fills.find((one) => position < one.to) as Fill;
    const events = fill.to - fill.from;
    const streams = Math.floor(events / block) * abreast + Math.min(events % block, abreast);
    return filledStream(fill, Math.floor(Math.random() * streams));
  };
  let at = 0;
  const append = async (): Promise<number> => {
    const { stream, version } = anyStream();
    const expectedVersion = versions.get(stream) ?? version;
    const event = { ...(made[at++ % made.length] as NewEvent), command: randomBytes(32) };
    const outcome = await store.append({ organisation, stream, expectedVersion, events: [event] });
    // Another caller may have taken the same stream: it is counted as what it is, an answer.
    if (outcome.kind !== 'repeated') versions.set(stream, outcome.version);
    return 1;
  };
  return [
    { name: 'append to any stream, 16 callers', run: (over) => callers(16, over, append) },
    {
      name: 'append to a new stream, 16 callers',
      run: (over) =>
        callers(16, over, async () => {
          const events = [{ ...(made[at++ % made.length] as NewEvent), command: randomBytes(32) }];
          await store.append({ organisation, stream: `learning-${randomId()}`, expectedVersion: 0, events });
          return 1;
        }),
    },
    {
      name: 'read any stream',
      run: (over) => callers(1, over, async () => (await store.readStream(organisation, anyStream().stream)).length),
    },
    {
      name: 'read the log from anywhere, 1,000 at once',
      run: (over) =>
        callers(1, over, async () => {
          const after = BigInt(Math.floor(Math.random() * Math.max(1, size - 1_000)));
          return (await store.readLog(organisation, after, 1_000)).length;
        }),
    },
  ];
}

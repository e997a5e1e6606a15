import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { randomId } from '@ardoise/format';
import type { Platform } from '../../../src/platform/platform';
import type { Bench, CaseResult, Figure } from '../case';
import { whole } from '../figures';
import { organisation, startBenchPlatform } from '../forgetting/platform';
import { context, eventOf, passing } from '../generator';

const rates = [500, 1_000, 2_000];
const streams = 256;
/** How often checkpoints are looked at: so much later than it was an event may seem to have been passed. */
const lookMilliseconds = 4;

/** From the answer of an append until every read model has passed the event, at rates that are kept. */
export async function latency(bench: Bench): Promise<CaseResult> {
  const { server, options, say } = bench;
  const folder = mkdtempSync(join(server.folder, 'latency-'));
  const platform = await startBenchPlatform(await server.database('latency'), folder);
  const figures: Figure[] = [];
  try {
    await platform.vault.admitOrganisation(organisation);
    await platform.projections.start();
    const people = await admit(platform);
    await atRate(platform, people, 500, 1);
    for (const rate of rates) {
      const delays = await atRate(platform, people, rate, options.seconds * options.rounds);
      const [p50, p99] = [0.5, 0.99].map((share) => quantile(delays, share)) as [number, number];
      const goal = rate === 1_000 ? { goal: 'p99 < 100 ms', reached: p99 < 100 } : {};
      const figure = {
        what: `${whole(rate)} events/s: p50, p99`,
        value: `${p50.toFixed(1)} ms, ${p99.toFixed(1)} ms, of ${whole(delays.length)}`,
        ...goal,
      };
      say(`  ${figure.what}: ${figure.value}`);
      figures.push(figure);
    }
  } finally {
    await platform.close();
  }
  return {
    name: 'latency',
    title: 'From an append to its rows',
    about:
      `Events of learning to ${streams} streams at a rate that is kept for ${options.seconds * options.rounds} s, ` +
      'through the Recorder; every projection works in the same process, beside. What is measured begins with the ' +
      'answer to the command and ends with the commit that moves the last of the live checkpoints beyond the event.',
    unit: '',
    standings: [],
    ratios: [],
    figures,
  };
}

interface Told {
  readonly stream: string;
  readonly version: number;
  readonly at: number;
}

/** Milliseconds of each event. */
async function atRate(
  platform: Platform,
  people: readonly Learner[],
  rate: number,
  seconds: number,
): Promise<number[]> {
  const { store, projections } = platform;
  const first = await store.head(organisation);
  const told: Told[] = [];
  const passed: { readonly position: bigint; readonly at: number }[] = [];
  let looking = true;
  const look = async (): Promise<void> => {
    while (looking) {
      const position = await projections.passed(organisation);
      if (position !== passed.at(-1)?.position) passed.push({ position, at: performance.now() });
      await delay(lookMilliseconds);
    }
  };
  const looked = look();
  const begun = performance.now();
  const asked: Promise<void>[] = [];
  const tell = async (learner: Learner): Promise<void> => {
    const { stream, version } = await record(platform, learner);
    told.push({ stream, version: version - 1, at: performance.now() });
  };
  for (let count = 0; count < rate * seconds;) {
    const due = Math.floor(((performance.now() - begun) / 1000) * rate);
    for (; count < Math.min(due, rate * seconds); count++) asked.push(tell(people[count % people.length] as Learner));
    await delay(1);
  }
  await Promise.all(asked);
  await projections.waitFor(organisation, await store.head(organisation), { timeoutMs: 60_000 });
  await delay(20);
  looking = false;
  await looked;
  return delaysOf(told, passed, await positionsAfter(platform, first));
}

function delaysOf(
  told: readonly Told[],
  passed: readonly { readonly position: bigint; readonly at: number }[],
  positions: ReadonlyMap<string, bigint>,
): number[] {
  const events = told
    .map(({ stream, version, at }) => ({ position: positions.get(`${stream}/${version}`) ?? 0n, at }))
    .sort((one, other) => Number(one.position - other.position));
  let index = 0;
  return events.map(({ position, at }) => {
    while (index < passed.length - 1 && (passed[index]?.position ?? 0n) < position) index++;
    return Math.max(0, (passed[index]?.at ?? NaN) - at);
  });
}

async function positionsAfter({ store }: Platform, first: bigint): Promise<Map<string, bigint>> {
  const positions = new Map<string, bigint>();
  for (let after = first; ;) {
    const page = await store.readLog(organisation, after, 2_000);
    for (const { stream, version, position } of page) positions.set(`${stream}/${version}`, position);
    const last = page.at(-1);
    if (last === undefined) return positions;
    after = last.position;
  }
}

interface Learner {
  readonly person: string;
  readonly stream: string;
}

async function admit(platform: Platform): Promise<Learner[]> {
  const learners = Array.from({ length: streams }, () => ({ person: randomId(), stream: `learning-${randomId()}` }));
  for (const learner of learners) {
    await platform.vault.admitPerson(organisation, learner.person, `person-${learner.person}`);
    await record(platform, learner);
  }
  return learners;
}

function record(platform: Platform, { person, stream }: Learner) {
  const [declaration] = platform.registry.all().filter(({ stream: kind }) => kind === 'learning');
  if (declaration === undefined) throw new Error('no events of learning are declared');
  return platform.recorder.execute(passing('learning'), stream, [eventOf(declaration, person)], context(organisation));
}

function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

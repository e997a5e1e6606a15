import { loadavg } from 'node:os';
import { ownProcessorTime, serverProcessorTime } from './processor-time';
import { spread, type Spread } from './statistics';

/** One of those that are compared: does its work until it is told to stop. */
export interface Contestant {
  readonly name: string;
  /** What it does not do, of all that the others do; shown in the report. */
  readonly leavesOut?: string;
  /** Before and after each round, outside of what is measured. */
  prepare?(): Promise<void>;
  conclude?(): Promise<void>;
  /** Works until `over` says so; gives how many operations were done. */
  run(over: () => boolean): Promise<number>;
}

/** What one contestant did in one round. */
export interface Sample {
  readonly perSecond: number;
  /** Microseconds of processor time for one operation, of this process and of the database server. */
  readonly ownMicroseconds: number;
  readonly serverMicroseconds: number | undefined;
  /** Load average of the machine at its end. */
  readonly load: number;
}

export interface Standing {
  readonly name: string;
  readonly leavesOut?: string;
  readonly samples: readonly Sample[];
  readonly perSecond: Spread;
  readonly ownMicroseconds: Spread;
  readonly serverMicroseconds: Spread | undefined;
}

export interface RoundsOptions {
  readonly rounds: number;
  /** Of each contestant in each round. */
  readonly seconds: number;
  /** Any backend of the server. */
  readonly backend?: number;
  /** Processes whose time is the contestants' own, where they do not work in this one. */
  readonly own?: readonly number[];
  readonly say: (text: string) => void;
}

/**
 * Lets contestants work in turn, in several rounds, each time in another order, so that what else the machine does
 * meets them all. A short round before the first is not counted.
 */
export async function compare(contestants: readonly Contestant[], options: RoundsOptions): Promise<Standing[]> {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) await measure(contestant, { ...options, seconds: options.seconds / 2 });
  for (let round = 0; round < options.rounds; round++) {
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      const sample = await measure(contestant, options);
      samples.get(contestant.name)?.push(sample);
      const server = sample.serverMicroseconds === undefined ? '' : ` + ${sample.serverMicroseconds.toFixed(0)}`;
      const times = `${sample.ownMicroseconds.toFixed(0)}${server} µs`;
      options.say(`  ${round + 1}/${options.rounds} ${contestant.name}: ${sample.perSecond.toFixed(0)}/s, ${times}`);
    }
  }
  return contestants.map((contestant) => standing(contestant, samples.get(contestant.name) ?? []));
}

async function measure(contestant: Contestant, { seconds, backend, own: pids }: RoundsOptions): Promise<Sample> {
  await contestant.prepare?.();
  const serverBefore = backend === undefined ? undefined : serverProcessorTime(backend);
  const ownBefore = ownProcessorTime(pids);
  const begun = performance.now();
  const end = begun + seconds * 1000;
  const count = await contestant.run(() => performance.now() >= end);
  const took = performance.now() - begun;
  const own = ownProcessorTime(pids) - ownBefore;
  const serverAfter = backend === undefined ? undefined : serverProcessorTime(backend);
  await contestant.conclude?.();
  const server = serverBefore === undefined || serverAfter === undefined ? undefined : serverAfter - serverBefore;
  return {
    perSecond: (count / took) * 1000,
    ownMicroseconds: own / count,
    serverMicroseconds: server === undefined ? undefined : server / count,
    load: loadavg()[0] ?? NaN,
  };
}

function standing({ name, leavesOut }: Contestant, samples: readonly Sample[]): Standing {
  const server = samples.map(({ serverMicroseconds }) => serverMicroseconds);
  return {
    name,
    ...(leavesOut === undefined ? {} : { leavesOut }),
    samples,
    perSecond: spread(samples.map(({ perSecond }) => perSecond)),
    ownMicroseconds: spread(samples.map(({ ownMicroseconds }) => ownMicroseconds)),
    serverMicroseconds: server.every((one) => one !== undefined) ? spread(server) : undefined,
  };
}

/** A ratio that is aimed at, or only shown. */
export interface Goal {
  readonly what: string;
  readonly of: string;
  readonly to: string;
  readonly atLeast?: number;
}

export interface Ratio extends Goal {
  /** Of the two in the same round. */
  readonly ratio: Spread;
}

export function ratios(standings: readonly Standing[], goals: readonly Goal[]): Ratio[] {
  const samplesOf = (name: string) => standings.find((one) => one.name === name)?.samples ?? [];
  return goals.flatMap((goal) => {
    const [of, to] = [samplesOf(goal.of), samplesOf(goal.to)];
    if (of.length === 0 || to.length === 0) return [];
    return [{ ...goal, ratio: spread(of.map(({ perSecond }, round) => perSecond / (to[round]?.perSecond ?? NaN))) }];
  });
}

/** Callers that go on one after the other until all is over; gives how many operations they did. */
export async function callers(
  count: number,
  over: () => boolean,
  operation: (caller: number) => Promise<number>,
): Promise<number> {
  const done = await Promise.all(
    Array.from({ length: count }, async (_, caller) => {
      let operations = 0;
      while (!over()) operations += await operation(caller);
      return operations;
    }),
  );
  return done.reduce((sum, one) => sum + one, 0);
}

import { mkdtempSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createServer, stopServer } from '../../../src/server';
import type { Bench, CaseResult, Figure } from '../case';
import { whole } from '../figures';
import { Copies } from '../forgetting/copies';
import { DestructionWatch, Erasing, type Erased } from '../forgetting/erasing';
import { ManyKeys } from '../forgetting/many-keys';
import { few, many, recordPerson } from '../forgetting/persons';
import { organisation, startBenchPlatform } from '../forgetting/platform';
import { generateLog } from '../generator';
import { median, spread } from '../statistics';

const sizes = [10_000, 1_000_000];
const persons = 100_000;
const mostMilliseconds = 50;
const leastRotated = 5_000;

/** How long forgetting takes: of one person, of a day, and what the keys of many cost. */
export async function forgetting(bench: Bench): Promise<CaseResult> {
  const figures = [...(await erasures(bench)), ...(await manyKeys(bench))];
  return {
    name: 'forgetting',
    title: 'Forgetting',
    about:
      'An erasure, from the moment the runner looks for decided ones until the last key is destroyed: fenced, seats let ' +
      'go, keys named in the log, destroyed, each step durable. The lease of opened keys is configured, and comes on ' +
      'top. Of the person with 10 events one enrolment is recorded, of the one with 10,000 a hundred, each with its ' +
      'stream of learning: 3 and 201 keys. The log is filled with copies of stored events under streams and persons ' +
      `of their own. Medians of ${bench.options.rounds} persons, with least and most; no projection runs beside. A ` +
      'day is closed, recorded in log and anchor, and destroyed. A rotation rewraps and verifies every key.',
    unit: '',
    standings: [],
    ratios: [],
    figures,
  };
}

async function erasures(bench: Bench): Promise<Figure[]> {
  const databaseUrl = await bench.server.database('forgetting');
  const watch = new DestructionWatch(bench.server.backend);
  const folder = mkdtempSync(join(bench.server.folder, 'forgetting-'));
  const platform = await startBenchPlatform(databaseUrl, folder, watch);
  const app = await createServer(platform);
  const erasing = new Erasing(platform, app, watch, bench.server.backend);
  const erased = new Map<string, Erased[]>();
  try {
    const copies = await Copies.of(databaseUrl, organisation, await generateLog(platform, organisation, sizes[0] ?? 0));
    for (const size of sizes) {
      await copies.growTo(size);
      bench.say(`  a log of ${whole(size)} events`);
      for (let round = 0; round <= bench.options.rounds; round++) {
        for (const extent of round % 2 === 0 ? [few, many] : [many, few]) {
          const person = await recordPerson(platform, extent);
          const one = await erasing.erase(person);
          const name = `erasing ${extent === few ? '10' : '10,000'} events, in a log of ${whole(size)}`;
          bench.say(`  ${name}: ${one.took.toFixed(1)} ms, ${one.own.toFixed(0)} + ${one.server.toFixed(0)} ms`);
          // The first finds statements that were never prepared and caches that are empty; it is not counted.
          if (round > 0) erased.set(name, [...(erased.get(name) ?? []), one]);
        }
      }
    }
    await copies.end();
  } finally {
    await stopServer(app, platform);
  }
  return [...erased].map(([name, list]) => erasureFigure(name, list)).concat(likeness([...erased.values()]));
}

function erasureFigure(what: string, erased: readonly Erased[]): Figure {
  const took = erased.map((one) => one.took);
  const [own, server] = [median(erased.map((one) => one.own)), median(erased.map((one) => one.server))];
  const load = Math.max(...erased.map((one) => one.load)).toFixed(1);
  const costs = `processor ${whole(own)} ms + ${whole(server)} ms in the database, load ${load}`;
  return { what, ...within(took, costs) };
}

/** The slowest of the medians to the fastest: how much a person's events, and the log, matter. */
function likeness(erased: readonly (readonly Erased[])[]): Figure {
  const medians = erased.map((list) => median(list.map(({ took }) => took)));
  const ratio = Math.max(...medians) / Math.min(...medians);
  return { what: 'slowest of these to fastest', value: ratio.toFixed(2) };
}

async function manyKeys(bench: Bench): Promise<Figure[]> {
  const databaseUrl = await bench.server.database('forgetting_keys');
  const folder = mkdtempSync(join(bench.server.folder, 'forgetting-keys-'));
  const before = await startBenchPlatform(databaseUrl, folder);
  const figures: Figure[] = [];
  try {
    const keys = new ManyKeys(before, databaseUrl, persons);
    await keys.makeKeys();
    const days: number[] = [];
    for (let round = 0; round <= bench.options.rounds; round++) {
      const day = new Date(Date.UTC(2026, 0, 1 + round)).toISOString().slice(0, 10);
      await keys.fillDay(day);
      const took = await keys.endDay(day);
      bench.say(`  a day's key: ${took.toFixed(1)} ms`);
      if (round > 0) days.push(took);
    }
    figures.push({ what: `a day's key for ${whole(persons)} persons destroyed`, ...within(days, load()) });
    const rotated = await keys.rotate();
    figures.push({
      what: `rotation of ${whole(persons)} living keys, rewrapped and verified`,
      value: `${whole(rotated)} keys/s; ${load()}`,
      goal: `≥ ${whole(leastRotated)} keys/s`,
      reached: rotated >= leastRotated,
    });
    bench.say(`  rotation: ${whole(rotated)} keys/s`);
    await keys.endKeys();
  } finally {
    await before.close();
  }
  return [...figures, await startUp(databaseUrl, folder)];
}

async function startUp(databaseUrl: string, folder: string): Promise<Figure> {
  const platform = await startBenchPlatform(databaseUrl, folder);
  try {
    const begun = performance.now();
    await platform.gate.run();
    const seconds = (performance.now() - begun) / 1000;
    return { what: `start-up gate with ${whole(persons)} ended keys`, value: `${seconds.toFixed(2)} s; ${load()}` };
  } finally {
    await platform.close();
  }
}

function within(took: readonly number[], more: string): Omit<Figure, 'what'> {
  const { median: middle, least, most } = spread(took);
  const value = `${middle.toFixed(1)} ms (${least.toFixed(1)} – ${most.toFixed(1)}); ${more}`;
  return { value, goal: `< ${mostMilliseconds} ms`, reached: middle < mostMilliseconds };
}

function load(): string {
  return `load ${(loadavg()[0] ?? NaN).toFixed(1)}`;
}

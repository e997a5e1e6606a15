import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from '../../../src/platform/platform';
import type { Bench, CaseResult } from '../case';
import { rateFigures, whole } from '../figures';
import { organisation, startBenchPlatform } from '../forgetting/platform';
import { generateLog } from '../generator';
import { compare, type Contestant } from '../rounds';

const size = 50_000;
const name = 'rebuild of all read models';

/** All read models anew from the log, as after a change of a projection: nothing is in memory when it begins. */
export async function rebuild(bench: Bench): Promise<CaseResult> {
  const databaseUrl = await bench.server.database('rebuild');
  const folder = mkdtempSync(join(bench.server.folder, 'rebuild-'));
  const start = (): Promise<Platform> => startBenchPlatform(databaseUrl, folder);
  const generating = await start();
  const begun = performance.now();
  const events = await generateLog(generating, organisation, size);
  const seconds = (performance.now() - begun) / 1000;
  await generating.close();
  bench.say(`  ${events} events generated in ${seconds.toFixed(1)} s`);
  const standings = await compare([rebuilding(start)], {
    ...bench.options,
    backend: bench.server.backend,
    say: bench.say,
  });
  return {
    name: 'rebuild',
    title: 'Rebuild of all read models',
    about:
      `${whole(events)} events of every declared type, most of them of learning, each with its own salts and keys: ` +
      'read, opened, applied to every projection and written beside the living tables, which are then switched. Each ' +
      'round begins with an empty key cache.',
    unit: 'events/s',
    standings,
    ratios: [],
    figures: [
      ...rateFigures(standings, { [name]: 50_000 }),
      { what: 'recording them through the Recorder', value: `${whole(events / seconds)} events/s` },
    ],
  };
}

function rebuilding(start: () => Promise<Platform>): Contestant {
  let platform: Platform | undefined;
  return {
    name,
    async prepare() {
      platform = await start();
    },
    async run() {
      const { switched, stopped, events } = await (platform as Platform).projections.rebuild();
      if (!switched) throw new Error(`the rebuild stopped: ${JSON.stringify(stopped, bigints)}`);
      return events;
    },
    async conclude() {
      await platform?.close();
    },
  };
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

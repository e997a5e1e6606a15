import { Command, InvalidArgumentError } from 'commander';
import type { Bench, CaseResult } from './case';
import { appends, batches } from './cases/appends';
import { eventstoredb } from './cases/eventstoredb';
import { forgetting } from './cases/forgetting';
import { growth } from './cases/growth';
import { hotStream } from './cases/hot-stream';
import { http } from './cases/http';
import { latency } from './cases/latency';
import { ledger } from './cases/ledger';
import { oulad } from './cases/oulad';
import { reads } from './cases/reads';
import { rebuild } from './cases/rebuild';
import { sealing } from './cases/sealing';
import { verify } from './cases/verify';
import { startBenchServer } from './database';
import { describeMachine } from './machine';
import { writeReport } from './report';

const cases = {
  appends,
  batches,
  'hot-stream': hotStream,
  reads,
  latency,
  sealing,
  http,
  rebuild,
  ledger,
  forgetting,
  verify,
  oulad,
  eventstoredb,
  growth,
};
type CaseName = keyof typeof cases;

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly only?: readonly string[];
  readonly largest: number;
  readonly oulad?: string;
  readonly eventstore?: string;
  readonly report: boolean;
}

const program = new Command('bench')
  .description('measures Ardoise beside its peers and beside the bare database, and writes docs/performance.md')
  .option('--rounds <count>', 'how often each contestant has its turn', positive, 7)
  .option('--seconds <seconds>', 'how long a turn is', positive, 3)
  .option('--only <cases...>', `only these: ${Object.keys(cases).join(', ')}`)
  .option('--largest <events>', 'the longest log of the case growth: 10000000 takes 20 GB', positive, 1_000_000)
  .option('--oulad <path>', 'a folder with the Open University data, to import')
  .option('--eventstore <url>', 'an EventStoreDB to measure on, esdb://…; what is written there stays')
  .option('--no-report', 'write nothing, say the figures only')
  .action(run);

async function run({ rounds, seconds, only, largest, oulad: path, eventstore, report }: Options): Promise<void> {
  const chosen = chosenCases(only, { oulad: path, eventstoredb: eventstore });
  const say = (text: string): void => console.log(text);
  const server = await startBenchServer();
  const interrupted = (): void => void server.remove().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const machine = await describeMachine(server);
    const given = {
      ...(path === undefined ? {} : { oulad: path }),
      ...(eventstore === undefined ? {} : { eventstore }),
    };
    const bench: Bench = { server, options: { rounds, seconds }, largest, say, ...given };
    const results: CaseResult[] = [];
    for (const name of chosen) {
      say(name);
      for (const result of [await cases[name](bench)].flat()) {
        tell(result, say);
        results.push(result);
      }
      // After each case: what was measured stays, whatever becomes of the next one.
      if (!report) continue;
      const day = new Date().toISOString().slice(0, 10);
      for (const file of writeReport({ day, machine, rounds, seconds, cases: results })) say(`written: ${file}`);
    }
  } finally {
    await server.remove();
  }
}

/** Cases that need something from outside are left out where it is not given. */
function chosenCases(
  only: readonly string[] | undefined,
  needs: { readonly [name: string]: string | undefined },
): CaseName[] {
  const unknown = only?.find((name) => !(name in cases));
  if (unknown !== undefined) program.error(`there is no case "${unknown}"; there are ${Object.keys(cases).join(', ')}`);
  const names = Object.keys(cases) as CaseName[];
  return names.filter((name) => (only?.includes(name) ?? true) && (!(name in needs) || needs[name] !== undefined));
}

function tell({ ratios, figures }: CaseResult, say: (text: string) => void): void {
  for (const { what, ratio, atLeast } of ratios) {
    const { median, least, most } = ratio;
    const goal = atLeast === undefined ? '' : `, goal ≥ ${atLeast}`;
    say(`  ${what}: ${median.toFixed(2)} (${least.toFixed(2)} – ${most.toFixed(2)})${goal}`);
  }
  for (const { what, value, goal } of figures) say(`  ${what}: ${value}${goal === undefined ? '' : `, goal ${goal}`}`);
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('It takes a number above 0.');
  return number;
}

program.parseAsync().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

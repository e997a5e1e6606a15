import { Command, InvalidArgumentError } from 'commander';
import type { Bench, CaseResult } from './case';
import { appends } from './cases/appends';
import { forgetting } from './cases/forgetting';
import { http } from './cases/http';
import { ledger } from './cases/ledger';
import { oulad } from './cases/oulad';
import { rebuild } from './cases/rebuild';
import { sealing } from './cases/sealing';
import { verify } from './cases/verify';
import { startBenchServer } from './database';
import { describeMachine } from './machine';
import { writeReport } from './report';

const cases = { appends, sealing, http, rebuild, ledger, forgetting, verify, oulad };
type CaseName = keyof typeof cases;

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly only?: readonly string[];
  readonly oulad?: string;
  readonly report: boolean;
}

const program = new Command('bench')
  .description('measures Ardoise beside its peers and beside the bare database, and writes docs/performance.md')
  .option('--rounds <count>', 'how often each contestant has its turn', positive, 7)
  .option('--seconds <seconds>', 'how long a turn is', positive, 3)
  .option('--only <cases...>', `only these: ${Object.keys(cases).join(', ')}`)
  .option('--oulad <path>', 'a folder with the Open University data, to import')
  .option('--no-report', 'write nothing, say the figures only')
  .action(run);

async function run({ rounds, seconds, only, oulad: path, report }: Options): Promise<void> {
  const chosen = chosenCases(only, path);
  const say = (text: string): void => console.log(text);
  const server = await startBenchServer();
  const interrupted = (): void => void server.remove().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const machine = await describeMachine(server);
    const bench: Bench = { server, options: { rounds, seconds }, say, ...(path === undefined ? {} : { oulad: path }) };
    const results: CaseResult[] = [];
    for (const name of chosen) {
      say(name);
      const result = await cases[name](bench);
      tell(result, say);
      results.push(result);
    }
    if (!report) return;
    const day = new Date().toISOString().slice(0, 10);
    for (const file of writeReport({ day, machine, rounds, seconds, cases: results })) say(`written: ${file}`);
  } finally {
    await server.remove();
  }
}

function chosenCases(only: readonly string[] | undefined, path: string | undefined): CaseName[] {
  const unknown = only?.find((name) => !(name in cases));
  if (unknown !== undefined) program.error(`there is no case "${unknown}"; there are ${Object.keys(cases).join(', ')}`);
  const names = Object.keys(cases) as CaseName[];
  return names.filter((name) => (only ? only.includes(name) : true) && (name !== 'oulad' || path !== undefined));
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

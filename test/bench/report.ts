import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseResult, Figure } from './case';
import { whole } from './figures';
import type { Machine } from './machine';
import type { Ratio, Standing } from './rounds';
import type { Spread } from './statistics';

/** All that one run found. */
export interface Report {
  readonly day: string;
  readonly machine: Machine;
  readonly rounds: number;
  /** Of each contestant in each round. */
  readonly seconds: number;
  readonly cases: readonly CaseResult[];
}

const folder = join(__dirname, '../../docs');
const begin = '<!-- figures: written by npm run bench -->';
const end = '<!-- end of figures -->';

/** Writes the figures into docs/performance.md, between their marks, and beside it as JSON. */
export function writeReport(report: Report): string[] {
  const page = join(folder, 'performance.md');
  const data = join(folder, 'performance.json');
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for the figures`);
  writeFileSync(page, `${text.slice(0, from)}${begin}\n\n${markdown(report)}\n${text.slice(to)}`);
  writeFileSync(data, `${JSON.stringify(report, undefined, 2)}\n`);
  return [page, data];
}

function markdown({ day, machine, rounds, seconds, cases }: Report): string {
  const settings = Object.entries(machine.settings).map(([name, value]) => `${name} ${value}`);
  const peers = Object.entries(machine.peers).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `Measured on ${day}: ${rounds} rounds, ${seconds} s for each contestant in each.`,
    '',
    `- ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.system}, Node.js ` +
      `${machine.node}, load average ${machine.loadAtStart.toFixed(1)} when it began.`,
    `- PostgreSQL ${machine.postgres}: ${settings.join(', ')}. 8 KiB are written and flushed in ` +
      `${whole(machine.flushMicroseconds)} µs.`,
    `- Ardoise ${machine.ardoise}; ${peers.join(', ')}.`,
  ];
  for (const one of cases) lines.push('', ...section(one));
  return lines.join('\n') + '\n';
}

function section({ title, about, unit, standings, ratios, figures }: CaseResult): string[] {
  return [
    `### ${title}`,
    '',
    about,
    ...(standings.length > 0 ? ['', ...standingsTable(unit, standings)] : []),
    ...(ratios.length > 0 ? ['', ...ratiosTable(ratios)] : []),
    ...(figures.length > 0 ? ['', ...figuresTable(figures)] : []),
    ...leftOut(standings),
  ];
}

function standingsTable(unit: string, standings: readonly Standing[]): string[] {
  return [
    `| | ${unit}, median | least – most | processor time each: own, database | load |`,
    '|---|---|---|---|---|',
    ...standings.map(({ name, perSecond, ownMicroseconds, serverMicroseconds, samples }) => {
      const server = serverMicroseconds ? `${whole(serverMicroseconds.median)} µs` : '–';
      const load = Math.max(...samples.map((sample) => sample.load)).toFixed(1);
      const own = `${whole(ownMicroseconds.median)} µs`;
      return `| ${name} | ${whole(perSecond.median)} | ${range(perSecond, whole)} | ${own}, ${server} | ${load} |`;
    }),
  ];
}

function ratiosTable(ratios: readonly Ratio[]): string[] {
  return [
    '| ratio in the same round | median | least – most | goal | |',
    '|---|---|---|---|---|',
    ...ratios.map(({ what, ratio, atLeast }) => {
      const goal = atLeast === undefined ? '' : `≥ ${atLeast}`;
      const reached = atLeast === undefined ? undefined : ratio.median >= atLeast;
      return `| ${what} | ${hundredths(ratio.median)} | ${range(ratio, hundredths)} | ${goal} | ${verdict(reached)} |`;
    }),
  ];
}

function figuresTable(figures: readonly Figure[]): string[] {
  return [
    '| | | goal | |',
    '|---|---|---|---|',
    ...figures.map(({ what, value, goal = '', reached }) => `| ${what} | ${value} | ${goal} | ${verdict(reached)} |`),
  ];
}

function leftOut(standings: readonly Standing[]): string[] {
  const byText = new Map<string, string[]>();
  for (const { name, leavesOut } of standings) {
    if (leavesOut !== undefined) byText.set(leavesOut, [...(byText.get(leavesOut) ?? []), name]);
  }
  if (byText.size === 0) return [];
  return [
    '',
    'What the others leave out:',
    '',
    ...[...byText].map(([text, names]) => `- ${names.join('; ')}: ${text}.`),
  ];
}

function range({ least, most }: Spread, write: (figure: number) => string): string {
  return `${write(least)} – ${write(most)}`;
}

function hundredths(figure: number): string {
  return figure.toFixed(2);
}

function verdict(reached: boolean | undefined): string {
  return reached === undefined ? '' : reached ? 'reached' : 'missed';
}

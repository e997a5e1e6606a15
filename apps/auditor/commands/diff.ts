import { Command } from 'commander';
import { openBundle, type LedgerFiles } from '@ardoise/bundle';
import { rootAt, tileWidth } from '@ardoise/ledger';
import { readHeader } from '@ardoise/format';
import { say, type OutputOptions } from '../../cli/output';
import { LogReader } from '../log/log-reader';
import { ContentError } from '../verification/content';
import { readDescription, type TreeAnnounced } from '../verification/description';
import { treesAt } from './prove';

export interface TreeDifference {
  readonly incarnation: number;
  /** Leaves of each; 0 where there is no such tree. */
  readonly sizes: readonly [number, number];
  /** The first leaf that is another; absent where one is the beginning of the other. */
  readonly differsAt?: number;
  /** How many events of each type only the larger one has, where one is the beginning of the other. */
  readonly added: { readonly [type: string]: number };
}

export interface Difference {
  readonly organisation: string;
  readonly verdict: 'same' | 'grown' | 'differs';
  readonly trees: readonly TreeDifference[];
}

export function diffCommand(): Command {
  return new Command('diff')
    .description(
      'compare two bundles of one organisation: whether one is the beginning of the other, and what was added',
    )
    .argument('<a>', 'a bundle')
    .argument('<b>', 'another one')
    .option('--json', 'one line of JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 the same, or one is the beginning of the other; 1 their histories differ. Neither is verified here.',
    )
    .action(async (a: string, b: string, options: OutputOptions) => {
      const files = [await openBundle(a), await openBundle(b)] as const;
      try {
        const difference = await diff(...files);
        say(options, readable(difference), difference);
        process.exitCode = difference.verdict === 'differs' ? 1 : 0;
      } finally {
        await Promise.all(files.map((one) => one.close()));
      }
    });
}

export async function diff(a: LedgerFiles, b: LedgerFiles): Promise<Difference> {
  const [ofA, ofB] = [await readDescription(a), await readDescription(b)];
  if (ofA.organisation !== ofB.organisation) {
    throw new ContentError('organisation-differs', 'the bundles are of different organisations');
  }
  const trees: TreeDifference[] = [];
  for (let index = 0; index < Math.max(ofA.trees.length, ofB.trees.length); index++) {
    const sides = [
      { files: a, trees: ofA.trees, tree: ofA.trees[index] },
      { files: b, trees: ofB.trees, tree: ofB.trees[index] },
    ] as const;
    trees.push(await compare(index + 1, sides));
  }
  const differs = trees.some(({ differsAt }) => differsAt !== undefined);
  const grown = trees.some(({ sizes: [one, other] }) => one !== other);
  return { organisation: ofA.organisation, verdict: differs ? 'differs' : grown ? 'grown' : 'same', trees };
}

interface Side {
  readonly files: LedgerFiles;
  readonly trees: readonly TreeAnnounced[];
  readonly tree: TreeAnnounced | undefined;
}

async function compare(incarnation: number, [a, b]: readonly [Side, Side]): Promise<TreeDifference> {
  const sizes = [a.tree?.size ?? 0, b.tree?.size ?? 0] as const;
  const common = Math.min(...sizes);
  const roots =
    common === 0 ? [] : await Promise.all([a, b].map((side) => rootAt(logOf(side).source(incarnation), common)));
  const same = common === 0 || roots[0]?.equals(roots[1] as Buffer) === true;
  if (!same) return { incarnation, sizes, differsAt: await firstDifference(incarnation, common, a, b), added: {} };
  const larger = sizes[0] > sizes[1] ? a : b;
  return { incarnation, sizes, added: await addedSince(larger, incarnation, common) };
}

const logOf = ({ files, trees }: Side): LogReader => new LogReader(files, trees);

/** By the roots of ever smaller beginnings: a tree of n leaves takes about log n of them. */
async function firstDifference(incarnation: number, common: number, a: Side, b: Side): Promise<number> {
  const sources = [a, b].map(({ files, trees }) =>
    new LogReader(files, treesAt(trees, incarnation, trees[incarnation - 1]?.size ?? 0)).source(incarnation),
  );
  let [same, other] = [0, common];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    const [one, two] = await Promise.all(sources.map((source) => rootAt(source, middle)));
    if (one?.equals(two as Buffer)) same = middle;
    else other = middle;
  }
  return same;
}

async function addedSince(side: Side, incarnation: number, from: number): Promise<{ [type: string]: number }> {
  const [log, size] = [logOf(side), side.tree?.size ?? 0];
  const added: { [type: string]: number } = {};
  for (let leaf = from; leaf < size;) {
    const entries = await log.freshEntries(incarnation, Math.floor(leaf / tileWidth));
    for (const entry of entries.slice(leaf % tileWidth)) {
      const { type } = readHeader(entry);
      added[type] = (added[type] ?? 0) + 1;
      leaf += 1;
    }
  }
  return added;
}

function readable({ organisation, verdict, trees }: Difference): string[] {
  return [
    `ledgers of ${organisation}`,
    ...trees.flatMap(({ incarnation, sizes: [a, b], differsAt, added }) => [
      `incarnation ${incarnation}: ${a} and ${b} leaves` +
        (differsAt === undefined ? '' : `; the first that differs is leaf ${differsAt}`),
      ...Object.entries(added).map(([type, count]) => `  ${count} ${type}`),
    ]),
    { same: 'the same', grown: 'one is the beginning of the other', differs: 'their histories differ' }[verdict],
  ];
}

import {
  ledgerPath,
  limits,
  parseLedgerIndex,
  type BundledTree,
  type LedgerFiles,
  type LedgerIndex,
} from '@ardoise/bundle';
import { isOrganisation } from '@ardoise/format';
import { ContentError } from './content';

/** A tree, as ledger.json announces it: nothing of it is believed before its newest checkpoint says the same. */
export type TreeAnnounced = BundledTree;

/** What ledger.json says. */
export interface Description extends LedgerIndex {
  /** What the origins of all trees begin with; empty where there is no tree. */
  readonly base: string;
}

const mostTrees = 10_000;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/** @throws ContentError; BundleError */
export async function readDescription(files: LedgerFiles): Promise<Description> {
  const bytes = await files.read(ledgerPath, limits.ledger);
  if (!bytes) throw new ContentError('file-missing', 'there is no ledger.json');
  const index = parseLedgerIndex(bytes);
  const { organisation, madeAt, trees, since } = index;
  if (!isOrganisation(organisation) || !instant.test(madeAt) || Number.isNaN(Date.parse(madeAt))) {
    throw new ContentError('file-malformed', 'ledger.json names no organisation, or no time');
  }
  mustFollow(trees);
  if (since && !(isSize(since.size) && since.size <= (trees[since.incarnation - 1]?.size ?? -1))) {
    throw new ContentError('file-malformed', '"since" of ledger.json is beyond the trees');
  }
  return { ...index, base: baseOf(trees, organisation) };
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function mustFollow(trees: readonly TreeAnnounced[]): void {
  if (trees.length > mostTrees) throw new ContentError('file-malformed', 'ledger.json has too many trees');
  trees.forEach(({ incarnation, size }, index) => {
    if (incarnation !== index + 1) {
      throw new ContentError('incarnation-missing', `tree ${index + 1} of ledger.json is not incarnation ${index + 1}`);
    }
    if (!isSize(size)) throw new ContentError('file-malformed', 'the size of a tree of ledger.json is no whole number');
  });
}

/** @throws ContentError `origin-differs` unless each origin is base, organisation and incarnation */
function baseOf(trees: readonly TreeAnnounced[], organisation: string): string {
  const [first] = trees;
  if (!first) return '';
  const end = `/${organisation}/1`;
  const base = first.origin.endsWith(end) ? first.origin.slice(0, -end.length) : '';
  const other = trees.find(({ incarnation, origin }) => origin !== `${base}/${organisation}/${incarnation}`);
  // A name of a key, which it becomes, has no space and no plus.
  if (base === '' || other || base.length > 500 || !/^[^\s\p{Z}\p{Cc}\p{Cs}+]+$/u.test(base)) {
    throw new ContentError(
      'origin-differs',
      `the origin of incarnation ${other?.incarnation ?? 1} is not made of one base, the organisation and its number`,
    );
  }
  return base;
}

import { ledgerPath, limits, type LedgerFiles } from '@ardoise/bundle';
import {
  asMembers,
  ContentError,
  hashForm,
  instantForm,
  matching,
  member,
  onlyMembers,
  optionalMember,
  parseMembers,
  sizeForm,
  textForm,
  type Members,
} from './json';

/** A tree, as ledger.json announces it: nothing of it is believed before its newest checkpoint says the same. */
export interface TreeAnnounced {
  readonly incarnation: number;
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** What ledger.json says. */
export interface Description {
  readonly organisation: string;
  /** RFC 3339. */
  readonly madeAt: string;
  /** What the origins of all trees begin with. */
  readonly base: string;
  readonly trees: readonly TreeAnnounced[];
  /** Of an increment: the leaf from which on it has entries. */
  readonly since?: { readonly incarnation: number; readonly size: number };
  readonly reference?: string;
}

const organisationForm = matching(/^[a-z0-9]{1,40}$/, 'the name of an organisation');

/** @throws ContentError; BundleError */
export async function readDescription(files: LedgerFiles): Promise<Description> {
  const bytes = await files.read(ledgerPath, limits.ledger);
  if (!bytes) throw new ContentError('file-missing', 'there is no ledger.json');
  const members = parseMembers(bytes, ledgerPath);
  onlyMembers(members, ['format', 'organisation', 'madeAt', 'trees', 'since', 'reference'], ledgerPath);
  if (members.format !== 1) {
    throw new ContentError('format-unknown', 'ledger.json is of a format that this version does not know');
  }
  const organisation = member(members, 'organisation', organisationForm, ledgerPath);
  const trees = treesIn(members);
  const base = baseOf(trees, organisation);
  const since = sinceIn(members, trees);
  const reference = optionalMember(members, 'reference', textForm, ledgerPath);
  return {
    organisation,
    madeAt: member(members, 'madeAt', instantForm, ledgerPath),
    base,
    trees,
    ...(since ? { since } : {}),
    ...(reference === undefined ? {} : { reference }),
  };
}

const mostTrees = 10_000;

function treesIn({ trees }: Members): TreeAnnounced[] {
  if (!Array.isArray(trees) || trees.length > mostTrees) {
    throw new ContentError('file-malformed', '"trees" of ledger.json is no list of trees');
  }
  return trees.map((value, index) => {
    const what = 'a tree of ledger.json';
    const tree = asMembers(value, what);
    onlyMembers(tree, ['incarnation', 'origin', 'size', 'root'], what);
    if (tree.incarnation !== index + 1) {
      throw new ContentError('incarnation-missing', `tree ${index + 1} of ledger.json is not incarnation ${index + 1}`);
    }
    return {
      incarnation: index + 1,
      origin: member(tree, 'origin', textForm, what),
      size: member(tree, 'size', sizeForm, what),
      root: Buffer.from(member(tree, 'root', hashForm, what), 'base64'),
    };
  });
}

/** @throws ContentError `origin-differs` unless each origin is base, organisation and incarnation */
function baseOf(trees: readonly TreeAnnounced[], organisation: string): string {
  const [first] = trees;
  if (!first) return '';
  const end = `/${organisation}/1`;
  const base = first.origin.endsWith(end) ? first.origin.slice(0, -end.length) : '';
  const other = trees.find(({ incarnation, origin }) => origin !== `${base}/${organisation}/${incarnation}`);
  if (base === '' || other) {
    throw new ContentError(
      'origin-differs',
      `the origin of incarnation ${other?.incarnation ?? 1} is not made of one base, the organisation and its number`,
    );
  }
  return base;
}

function sinceIn(members: Members, trees: readonly TreeAnnounced[]): Description['since'] {
  if (!Object.hasOwn(members, 'since')) return undefined;
  const what = '"since" of ledger.json';
  const since = asMembers(members.since, what);
  onlyMembers(since, ['incarnation', 'size'], what);
  const [incarnation, size] = [member(since, 'incarnation', sizeForm, what), member(since, 'size', sizeForm, what)];
  const tree = trees[incarnation - 1];
  if (!tree || size > tree.size) throw new ContentError('file-malformed', `${what} is beyond the trees`);
  return { incarnation, size };
}

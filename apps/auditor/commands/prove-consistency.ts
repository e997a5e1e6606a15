import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { checkpointPath, limits, openBundle, type LedgerFiles } from '@ardoise/bundle';
import {
  consistencyProof,
  formatConsistency,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  rootAt,
  verifyConsistency,
} from '@ardoise/ledger';
import { say, type OutputOptions } from '../../cli/output';
import { LogReader } from '../log/log-reader';
import { Checks } from '../verification/checks';
import { ContentError } from '../verification/content';
import { readDescription } from '../verification/description';
import { keysOf, readTrust } from '../verification/trust';
import { readNamed } from './inputs';
import { treesAt } from './prove';

interface ConsistencyOptions extends OutputOptions {
  readonly out?: string;
}

export function proveConsistencyCommand(): Command {
  return new Command('prove-consistency')
    .description('prove that the ledger only grew since an older checkpoint')
    .argument('<old>', 'the older checkpoint, a bundle that has it, or its number of leaves')
    .argument('<new>', 'the archive, the unpacked folder, or the address of the ledger as it is now')
    .option('--out <file>', 'where the proof is written; without it, to standard output')
    .option('--json', 'one line of JSON about the proof; needs --out')
    .action(async (old: string, bundle: string, options: ConsistencyOptions) => {
      const files = await openBundle(bundle);
      try {
        const { text, ...about } = await proveConsistency(files, await olderOf(old));
        if (options.out === undefined) process.stdout.write(text);
        else {
          await writeFile(options.out, text, { flag: 'wx' });
          const line = `${about.origin} only grew from ${about.from} to ${about.to} leaves: ${options.out}`;
          say(options, [line], { ...about, file: options.out });
        }
      } finally {
        await files.close();
      }
    });
}

/** What is older: a checkpoint, whose signature is verified with the ledger's keys, or only a size. */
export type Older = { readonly size: number } | { readonly note: Buffer };

async function olderOf(text: string): Promise<Older> {
  if (/^(0|[1-9]\d{0,15})$/.test(text)) return { size: Number(text) };
  const files = await openBundle(text).catch(() => undefined);
  if (!files) return { note: await readNamed(text) };
  try {
    const { trees } = await readDescription(files);
    const note = await files.read(checkpointPath(trees.length), limits.checkpoint);
    if (!note) throw new ContentError('file-missing', 'the older bundle has no checkpoint');
    return { note };
  } finally {
    await files.close();
  }
}

/** @throws LedgerError `consistency-…` when the newer tree does not begin with the older one */
export async function proveConsistency(
  files: LedgerFiles,
  older: Older,
): Promise<{ text: string; origin: string; from: number; to: number }> {
  const description = await readDescription(files);
  const { trees } = description;
  const trust = await readTrust(files, description, new Checks());
  const before = 'note' in older ? parseCheckpoint(parseNote(older.note)) : undefined;
  const tree = before ? trees.find(({ origin }) => origin === before.origin) : trees.at(-1);
  if (!tree) throw new ContentError('origin-unknown', 'the older checkpoint is of a tree that is not here');
  const keys = keysOf(trust, tree.origin);
  if ('note' in older) openCheckpoint(older.note, keys);
  const note = await files.read(checkpointPath(tree.incarnation), limits.checkpoint);
  if (!note) throw new ContentError('file-missing', `there is no ${checkpointPath(tree.incarnation)}`);
  const { size: to, root: toRoot } = openCheckpoint(note, keys).checkpoint;
  const log = new LogReader(files, treesAt(trees, tree.incarnation, to));
  const source = log.source(tree.incarnation);
  const from = before?.size ?? ('size' in older ? older.size : 0);
  const proof = await consistencyProof(source, from, to);
  const fromRoot = before?.root ?? (await rootAt(source, from));
  verifyConsistency({ from, to, fromRoot, toRoot, proof });
  const text = formatConsistency({ from, fromRoot, proof, checkpoint: note });
  return { text, origin: tree.origin, from, to };
}

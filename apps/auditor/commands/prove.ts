import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { checkpointPath, limits, openBundle, type LedgerFiles } from '@ardoise/bundle';
import { readHeader } from '@ardoise/format';
import { formatProof, inclusionProof, leafHash, openCheckpoint, verifyInclusion } from '@ardoise/ledger';
import { say, type OutputOptions } from '../../cli/output';
import { findEvent } from '../log/find-event';
import { LogReader } from '../log/log-reader';
import { Checks } from '../verification/checks';
import { ContentError } from '../verification/content';
import { readDescription } from '../verification/description';
import { keysOf, readTrust } from '../verification/trust';

interface ProveOptions extends OutputOptions {
  readonly out?: string;
}

export interface Proved {
  readonly text: string;
  readonly origin: string;
  readonly leaf: number;
  readonly size: number;
  readonly event: string;
}

export function proveCommand(): Command {
  return new Command('prove')
    .description('prove that an event is in the ledger, in a file that anybody checks offline (tlog-proof)')
    .argument('<event>', 'number of the leaf, incarnation:leaf, stream@version, or the id of the event')
    .argument('<bundle>', 'the archive, its unpacked folder, or the address of the ledger')
    .option('--out <file>', 'where the proof is written, for instance event.tlog-proof; without it, to standard output')
    .option('--json', 'one line of JSON about the proof; needs --out')
    .action(async (event: string, bundle: string, options: ProveOptions) => {
      const files = await openBundle(bundle);
      try {
        const { text, ...about } = await proveEvent(files, event);
        if (options.out === undefined) process.stdout.write(text);
        else {
          await writeFile(options.out, text, { flag: 'wx' });
          const line = `event ${about.event} is leaf ${about.leaf} of ${about.size} of ${about.origin}: ${options.out}`;
          say(options, [line], { ...about, file: options.out });
        }
      } finally {
        await files.close();
      }
    });
}

/** The proof is verified before it is given: what is wrong in the files does not leave here as a proof. */
export async function proveEvent(files: LedgerFiles, name: string): Promise<Proved> {
  const description = await readDescription(files);
  const log = new LogReader(files, description.trees);
  const { incarnation, leaf, header } = await findEvent(log, description, name);
  const { origin } = log.tree(incarnation);
  const trust = await readTrust(files, description, new Checks());
  const note = await files.read(checkpointPath(incarnation), limits.checkpoint);
  if (!note) throw new ContentError('file-missing', `there is no ${checkpointPath(incarnation)}`);
  const { checkpoint } = openCheckpoint(note, keysOf(trust, origin));
  const { size, root } = checkpoint;
  const proof = await inclusionProof(
    new LogReader(files, treesAt(description.trees, incarnation, size)).source(incarnation),
    leaf,
    size,
  );
  verifyInclusion({ index: leaf, size, leaf: leafHash(header), proof, root });
  const text = formatProof({ extra: header, index: leaf, proof, checkpoint: note });
  return { text, origin, leaf, size, event: readHeader(header).id };
}

/** A ledger that is served has grown since it was described. */
export function treesAt<T extends { readonly incarnation: number; readonly size: number }>(
  trees: readonly T[],
  incarnation: number,
  size: number,
): T[] {
  return trees.map((tree) => (tree.incarnation === incarnation ? { ...tree, size } : tree));
}

import { Injectable } from '@nestjs/common';
import { emptyRoot, rootAt } from '@ardoise/ledger';
import { Ledger, type CheckpointEntry, type Tree } from '@ardoise/sequencer';
import { Clock } from '@ardoise/time';

/** How far a tree is given out: that of a ledger's files, and no further. */
export interface StatedTree {
  readonly tree: Tree;
  readonly size: number;
  readonly root: Buffer;
  /** Absent of an older incarnation that was never signed. */
  readonly newest?: CheckpointEntry;
}

/** A moment of an organisation's ledger, which all files that belong together are of. */
export interface LedgerState {
  readonly organisation: string;
  readonly madeAt: Date;
  /** The first incarnation first; one of which nothing was signed yet is not there. */
  readonly trees: readonly StatedTree[];
}

/** What can be given out of ledgers now. */
@Injectable()
export class LedgerStates {
  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
  ) {}

  async now(organisation: string): Promise<LedgerState> {
    const trees: StatedTree[] = [];
    for (const tree of await this.ledger.trees(organisation)) {
      const stated = await this.stated(tree);
      if (stated) trees.push(stated);
    }
    return { organisation, madeAt: this.clock.now(), trees };
  }

  /** One of its trees; undefined when there is none, or nothing of it was signed yet. */
  async tree(organisation: string, incarnation: number): Promise<StatedTree | undefined> {
    const tree = await this.ledger.tree(organisation, incarnation);
    return tree && this.stated(tree);
  }

  /**
   * A tree that grows goes as far as its newest checkpoint. One that another has followed goes as far as the log does up
   * to there, whatever was signed of it: the first leaf of the next one says why.
   */
  private async stated(tree: Tree): Promise<StatedTree | undefined> {
    const newest = await this.ledger.newestOf(tree);
    if (tree.through === undefined) {
      return newest && { tree: asFarAs(tree, newest), size: newest.size, root: newest.root, newest };
    }
    const root = tree.size === 0 ? emptyRoot : await rootAt(this.ledger.source(tree), tree.size);
    return { tree, size: tree.size, root, ...(newest ? { newest } : {}) };
  }
}

/** The checkpoint may be newer than the look at the tree was. */
function asFarAs(tree: Tree, { size, position }: CheckpointEntry): Tree {
  return size > tree.size ? { ...tree, size, position } : tree;
}

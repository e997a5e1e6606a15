import { Injectable } from '@nestjs/common';
import { ProblemError } from '@ardoise/http';
import { inclusionProof, verifierKey, type VerifierKey } from '@ardoise/ledger';
import { CheckpointWaitTimeoutError, published, type CheckpointEntry, type Tree } from '@ardoise/sequencer';
import { Platform } from './platform';

/** Where an event stands in a tree, and the inclusion proof of that (RFC 6962). */
export interface LeafProof {
  readonly position: bigint;
  /** Leaf number. */
  readonly index: number;
  readonly proof: readonly Buffer[];
}

/** That events stand in a ledger, for whoever has their headers. */
export interface LedgerProof {
  readonly tree: Tree;
  /** The published note. */
  readonly checkpoint: Buffer;
  /** The keys that sign the tree, or did. */
  readonly keys: readonly VerifierKey[];
  /** Ascending; in the tree of the checkpoint. */
  readonly leaves: readonly LeafProof[];
}

const longestWait = 10_000;

/** Proofs that events stand in the ledger. */
@Injectable()
export class LedgerProofs {
  constructor(private readonly platform: Platform) {}

  /**
   * Waits until checkpoints cover the positions; gives one proof for each incarnation that has some of them.
   * @throws ProblemError 503 `not-in-the-ledger-yet`, 409 `never-signed`
   */
  async prove(organisation: string, positions: readonly bigint[]): Promise<LedgerProof[]> {
    const trees = new Map<number, { tree: Tree; leaves: { position: bigint; index: number }[] }>();
    for (const position of [...positions].sort((one, other) => (one < other ? -1 : 1))) {
      const { tree, index } = await this.find(organisation, position);
      const { leaves } = trees.get(tree.incarnation) ?? { leaves: [] };
      trees.set(tree.incarnation, { tree, leaves: [...leaves, { position, index }] });
    }
    const found = [...trees.values()].sort((one, other) => one.tree.incarnation - other.tree.incarnation);
    return Promise.all(found.map(({ tree, leaves }) => this.proveIn(tree, leaves)));
  }

  /** The inclusion proof of a leaf in the tree of a checkpoint. */
  leafProof(tree: Tree, index: number, { size }: CheckpointEntry): Promise<Buffer[]> {
    return inclusionProof(this.platform.ledger.source(tree), index, size);
  }

  private async find(organisation: string, position: bigint): Promise<{ tree: Tree; index: number }> {
    const ended = await this.platform.ledger.indexOf(organisation, position);
    if (ended && ended.tree.through !== undefined && !(await this.isSigned(ended))) throw neverSigned(ended.tree);
    try {
      await this.platform.sequencer.sequenced(organisation, position, { timeoutMs: longestWait });
    } catch (error) {
      throw error instanceof CheckpointWaitTimeoutError ? notYet() : error;
    }
    const found = await this.platform.ledger.indexOf(organisation, position);
    if (!found) throw notYet();
    return found;
  }

  private async proveIn(
    tree: Tree,
    leaves: readonly { readonly position: bigint; readonly index: number }[],
  ): Promise<LedgerProof> {
    const entry = await this.best(tree, Math.max(...leaves.map(({ index }) => index)));
    if (!entry) throw notYet();
    const keys = await this.platform.ledgerKeys.published();
    return {
      tree,
      checkpoint: published(entry),
      keys: keys.map(({ publicKey }) => verifierKey(tree.origin, 0x01, publicKey)),
      leaves: await Promise.all(
        leaves.map(async (leaf) => ({ ...leaf, proof: await this.leafProof(tree, leaf.index, entry) })),
      ),
    };
  }

  private async isSigned({ tree, index }: { readonly tree: Tree; readonly index: number }): Promise<boolean> {
    return ((await this.platform.ledger.newestOf(tree))?.size ?? 0) > index;
  }

  /** The newest checkpoint that witnesses have seen, of the first and the newest that cover the leaf; else the newest. */
  private async best(tree: Tree, index: number): Promise<CheckpointEntry | undefined> {
    const newest = await this.platform.ledger.newestOf(tree);
    if (!newest || newest.size <= index) return undefined;
    if (newest.cosignatures.length > 0) return newest;
    const first = await this.platform.ledger.covering(tree, index + 1);
    return first && first.cosignatures.length > 0 ? first : newest;
  }
}

function notYet(): ProblemError {
  return new ProblemError(503, 'not-in-the-ledger-yet', 'no checkpoint covers the event yet; repeat the request');
}

/** A tree that has ended is never signed again: there is nothing to wait for. */
function neverSigned({ incarnation }: Tree): ProblemError {
  const detail = `incarnation ${incarnation} of the ledger ended before a checkpoint covered the event; what it ended with is named by the first event of the next`;
  return new ProblemError(409, 'never-signed', detail);
}

import { Injectable } from '@nestjs/common';
import { ProblemError } from '@ardoise/http';
import { inclusionProof, verifierKey, type VerifierKey } from '@ardoise/ledger';
import { CheckpointWaitTimeoutError, published, type CheckpointEntry, type Tree } from '@ardoise/sequencer';
import { Platform } from './platform';

/** That an event stands in a ledger: for whoever has its header. */
export interface LedgerProof {
  readonly tree: Tree;
  /** Leaf number. */
  readonly index: number;
  /** In the tree of the checkpoint. */
  readonly proof: readonly Buffer[];
  /** The published note. */
  readonly checkpoint: Buffer;
}

const longestWait = 10_000;

/** Proofs that events stand in the ledger. */
@Injectable()
export class LedgerProofs {
  constructor(private readonly platform: Platform) {}

  /**
   * Waits until a checkpoint covers the position.
   * @throws ProblemError 503 `not-in-the-ledger-yet`
   */
  async waitFor(organisation: string, position: bigint): Promise<void> {
    try {
      await this.platform.sequencer.sequenced(organisation, position, { timeoutMs: longestWait });
    } catch (error) {
      if (!(error instanceof CheckpointWaitTimeoutError)) throw error;
      throw new ProblemError(503, 'not-in-the-ledger-yet', 'no checkpoint covers the event yet; repeat the request');
    }
  }

  /** @throws ProblemError 503 `not-in-the-ledger-yet` */
  async prove(organisation: string, position: bigint): Promise<LedgerProof> {
    await this.waitFor(organisation, position);
    const found = await this.platform.ledger.indexOf(organisation, position);
    const entry = found && (await this.best(found.tree, found.index));
    if (!found || !entry) {
      throw new ProblemError(503, 'not-in-the-ledger-yet', 'no checkpoint covers the event yet; repeat the request');
    }
    return { ...found, ...(await this.against(found.tree, found.index, entry)) };
  }

  /** The inclusion proof of a leaf in the tree of a checkpoint. */
  async against(tree: Tree, index: number, entry: CheckpointEntry): Promise<Pick<LedgerProof, 'proof' | 'checkpoint'>> {
    const proof = await inclusionProof(this.platform.ledger.source(tree), index, entry.size);
    return { proof, checkpoint: published(entry) };
  }

  /** The keys that sign a tree, or did. */
  async keys({ origin }: Pick<Tree, 'origin'>): Promise<VerifierKey[]> {
    const keys = await this.platform.ledgerKeys.published();
    return keys.map(({ publicKey }) => verifierKey(origin, 0x01, publicKey));
  }

  /** The newest checkpoint that witnesses have seen, of the first and the newest that cover the leaf; else the newest. */
  private async best(tree: Tree, index: number): Promise<CheckpointEntry | undefined> {
    const newest = await this.platform.ledger.latest(tree.organisation, tree.incarnation);
    if (!newest || newest.size <= index) return undefined;
    if (newest.cosignatures.length > 0) return newest;
    const first = await this.platform.ledger.covering(tree, index + 1);
    return first && first.cosignatures.length > 0 ? first : newest;
  }
}

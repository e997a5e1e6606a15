import { LedgerError, verifyCosignatures, type Note, type VerifierKey } from '@ardoise/ledger';
import type { Checks } from './checks';
import type { TreeAnnounced } from './description';
import type { Trust } from './trust';

/** What witnesses say of a tree: whoever cosigned a checkpoint vouches for all that is before it. */
export class Witnessed {
  private readonly witnesses: readonly VerifierKey[];
  /** The largest checkpoint that a quorum cosigned. */
  private through = -1;

  constructor(
    private readonly tree: TreeAnnounced,
    private readonly trust: Trust,
    private readonly checks: Checks,
  ) {
    this.witnesses = trust.policy?.witnesses.map(({ key }) => key) ?? [];
  }

  /** @param counts whether it is a checkpoint that was not looked at before */
  meet(note: Note, size: number, counts: boolean): void {
    const { checks, trust } = this;
    const others = note.signatures.filter(({ name }) => name !== this.tree.origin).length;
    if (counts) checks.count('cosignatures', 'cosignatures', others);
    try {
      const found = verifyCosignatures(note, this.witnesses);
      if (counts) checks.count('cosignatures', 'verified', found.length);
      if (trust.policy?.isSatisfied(found.map(({ key }) => key))) this.through = Math.max(this.through, size);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      const detail = `checkpoint of ${size} leaves: ${error.message}`;
      if (counts) checks.wrong('cosignatures', { code: error.code, detail, incarnation: this.tree.incarnation });
    }
  }

  /** @param size how far the tree is signed */
  finish(size: number): void {
    const { checks, through } = this;
    const { policy } = this.trust;
    const { incarnation } = this.tree;
    if (!policy) {
      checks.unchecked('cosignatures', 'whether witnesses saw the same log: no policy names them (--policy)');
    } else if (through < 0 && size === 0 && this.tree.size > 0) {
      checks.remark('cosignatures', `nothing of incarnation ${incarnation} was signed before the one after it began`);
    } else if (through < 0) {
      checks.wrong('cosignatures', {
        code: 'quorum-missing',
        detail: `no checkpoint of incarnation ${incarnation} is cosigned as the policy asks`,
        incarnation,
      });
    } else if (through < size) {
      const why = `incarnation ${incarnation} from leaf ${through} on: witnesses have not cosigned a checkpoint of more leaves`;
      checks.unchecked('cosignatures', why);
    }
  }
}

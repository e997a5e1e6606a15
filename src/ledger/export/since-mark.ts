import { Injectable } from '@nestjs/common';
import { ledgerPath, limits, openBundle, parseLedgerIndex, type BundledTree } from '@ardoise/bundle';
import { emptyRoot, rootAt } from '@ardoise/ledger';
import { Ledger } from '@ardoise/sequencer';
import type { LedgerState, StatedTree } from '../files/ledger-state';
import type { LedgerSince } from '../files/since';
import { BundleExportError } from './bundle-error';

/** What an increment shall go on from: a size of the newest tree, or a bundle that is there already (file or folder). */
export type SinceAsked = { readonly size: number } | { readonly bundle: string };

/** Finds out what an increment goes on from. */
@Injectable()
export class SinceMark {
  constructor(private readonly ledger: Ledger) {}

  /** @throws BundleExportError `since-refused`, `since-differs`; BundleError for a bundle that cannot be read */
  async of(state: LedgerState, asked: SinceAsked): Promise<LedgerSince> {
    const newest = state.trees.at(-1);
    if ('bundle' in asked) return this.ofBundle(state, asked.bundle);
    if (!newest || asked.size > newest.size) {
      throw new BundleExportError('since-refused', `the ledger has ${newest?.size ?? 0} leaves, not ${asked.size}`);
    }
    return { incarnation: newest.tree.incarnation, size: asked.size };
  }

  /** The bundle's newest tree, if it is the beginning of ours. */
  private async ofBundle(state: LedgerState, path: string): Promise<LedgerSince> {
    const files = await openBundle(path);
    try {
      const bytes = await files.read(ledgerPath, limits.ledger);
      const { organisation, trees } = parseLedgerIndex(bytes ?? Buffer.alloc(0));
      if (organisation !== state.organisation) {
        throw new BundleExportError('since-refused', "that bundle is another organisation's");
      }
      const last = trees.at(-1);
      if (!last) throw new BundleExportError('since-refused', 'that bundle has no tree');
      const ours = state.trees.find(({ tree }) => tree.incarnation === last.incarnation);
      if (!ours || !(await this.beginsWith(ours, last))) {
        throw new BundleExportError(
          'since-differs',
          'that bundle is no beginning of this ledger; make a whole bundle, and hold the two against each other with "ardoise-audit diff"',
        );
      }
      return { incarnation: last.incarnation, size: last.size };
    } finally {
      await files.close();
    }
  }

  private async beginsWith({ tree, size }: StatedTree, older: BundledTree): Promise<boolean> {
    if (tree.origin !== older.origin || older.size > size) return false;
    const root = older.size === 0 ? emptyRoot : await rootAt(this.ledger.source(tree), older.size);
    return root.equals(older.root);
  }
}

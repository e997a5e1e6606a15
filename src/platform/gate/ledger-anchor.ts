import type { AnchorFolder } from '@ardoise/anchor';
import {
  LedgerError,
  noteType,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  rootAt,
  verifierKey,
  type Checkpoint,
} from '@ardoise/ledger';
import { TileMissingError, type Ledger, type Tree } from '@ardoise/sequencer';
import type { LedgerKeys } from '@ardoise/signing';
import { AnchorAheadError, type Anchors } from './anchors';
import type { Reason } from './quarantine';

export interface LedgerAnchorParts {
  readonly folder: AnchorFolder;
  readonly anchors: Pick<Anchors, 'locked'>;
  readonly ledger: Ledger;
  readonly ledgerKeys: LedgerKeys;
}

/** What a checkpoint that somebody shows says of our ledger. */
export type Judged =
  /** None of our keys signed it: it says nothing, whoever shows it. */
  | { readonly verdict: 'unsigned' }
  /** Another organisation's. */
  | { readonly verdict: 'foreign' }
  | { readonly verdict: 'contained'; readonly checkpoint: Checkpoint; readonly incarnation: number }
  /** We signed it, and the ledger does not have it. */
  | {
      readonly verdict: 'against';
      readonly checkpoint: Checkpoint;
      readonly incarnation: number;
      readonly reason: Reason;
    };

type Signed = Extract<Judged, { readonly checkpoint: Checkpoint }>;

/**
 * The largest checkpoint that an organisation's anchor knows, held against its ledger. Only what our own keys signed is
 * believed: a witness that lies cannot stop anybody.
 */
export class LedgerAnchor {
  constructor(private readonly parts: LedgerAnchorParts) {}

  /** What speaks against going on: the ledger against its log, and against the checkpoint of the anchor. @throws AnchorError */
  async reasons(organisation: string): Promise<Reason[]> {
    const kept = await this.parts.folder.checkpoint(organisation);
    return [...(await this.reasonsOf(organisation, kept)), ...(await this.ownReasons(organisation))];
  }

  /** Whether the ledger has what is signed in the note, a checkpoint of the organisation's. */
  async judge(organisation: string, note: Buffer): Promise<Judged> {
    const checkpoint = await this.opened(note);
    if (!checkpoint) return { verdict: 'unsigned' };
    const incarnation = incarnationIn(checkpoint.origin, organisation);
    if (incarnation === undefined) return { verdict: 'foreign' };
    const newest = await this.parts.ledger.tree(organisation);
    const signed = { checkpoint, incarnation };
    if (newest?.origin !== checkpoint.origin) {
      const detail = newest
        ? `a checkpoint of incarnation ${incarnation} is known, and the ledger is in incarnation ${newest.incarnation}`
        : `a checkpoint of ${checkpoint.size} leaves is known, and there is no ledger`;
      return { ...signed, verdict: 'against', reason: { code: 'ledger-older', detail } };
    }
    const reason = await this.compare(newest, checkpoint);
    return reason ? { ...signed, verdict: 'against', reason } : { ...signed, verdict: 'contained' };
  }

  /**
   * Keeps the ledger's newest checkpoint, where it goes further than the one that is kept.
   * @throws AnchorAheadError, AnchorError
   */
  async write(organisation: string): Promise<void> {
    const { anchors, folder, ledger } = this.parts;
    const latest = await ledger.latest(organisation);
    if (!latest) return;
    const kept = await folder.checkpoint(organisation);
    if (kept?.equals(latest.note)) return;
    await anchors.locked(organisation, async () => {
      const before = await folder.checkpoint(organisation);
      const reasons = await this.reasonsOf(organisation, before);
      if (reasons.length > 0) throw new AnchorAheadError(organisation, reasons);
      const known = before && (await this.opened(before));
      if (!known || known.size < latest.size) await folder.writeCheckpoint(organisation, latest.note);
    });
  }

  /** Keeps what speaks against the ledger, unless something that does is kept already. */
  async keep(organisation: string, note: Buffer): Promise<void> {
    const { anchors, folder } = this.parts;
    await anchors.locked(organisation, async () => {
      const before = await folder.checkpoint(organisation);
      if ((await this.reasonsOf(organisation, before)).length === 0) await folder.writeCheckpoint(organisation, note);
    });
  }

  /** The checkpoint that is kept, once it is seen to be ours; undefined where there is none. */
  async known(organisation: string): Promise<Signed | undefined> {
    const kept = await this.parts.folder.checkpoint(organisation);
    const judged = kept && (await this.judge(organisation, kept));
    return judged && 'checkpoint' in judged ? judged : undefined;
  }

  private async reasonsOf(organisation: string, kept: Buffer | undefined): Promise<Reason[]> {
    if (!kept) return [];
    const judged = await this.judge(organisation, kept);
    switch (judged.verdict) {
      case 'against':
        return [judged.reason];
      case 'contained':
        return [];
      case 'foreign':
        return [
          { code: 'anchor-of-another-organisation', detail: 'the checkpoint of the anchor is of another ledger' },
        ];
      case 'unsigned':
        return [
          { code: 'anchor-malformed', detail: 'the checkpoint of the anchor is not signed by a key of the ledger' },
        ];
    }
  }

  /** The newest checkpoint against the log. Tiles that are wrong alone are made again, and are no reason. */
  private async ownReasons(organisation: string): Promise<Reason[]> {
    const { ledger } = this.parts;
    if (!(await ledger.check(organisation))) return [];
    const [tree, latest] = [await ledger.tree(organisation), await ledger.latest(organisation)];
    if (!tree || !latest) return [];
    const reason = await this.replayed(tree, latest);
    return reason ? [reason] : [];
  }

  private async compare(tree: Tree, { size, root }: Checkpoint): Promise<Reason | undefined> {
    const { ledger } = this.parts;
    const [latest, signed] = [await ledger.latest(tree.organisation), await ledger.covering(tree, size)];
    if (size > (latest?.size ?? 0)) return older(size, `${latest?.size ?? 0} are signed here`);
    if (signed?.size === size) return signed.root.equals(root) ? undefined : differs(size);
    try {
      return (await rootAt(ledger.source(tree), size)).equals(root) ? undefined : differs(size);
    } catch (error) {
      if (error instanceof TileMissingError) return this.replayed(tree, { size, root });
      throw error;
    }
  }

  /** What the log itself gives, whatever is stored of the tree. */
  private async replayed(tree: Tree, { size, root }: Pick<Checkpoint, 'size' | 'root'>): Promise<Reason | undefined> {
    const found = await this.parts.ledger.replay(tree, { size });
    if (found.size < size) return older(size, `the log has ${found.size}`);
    return found.root.equals(root) ? undefined : differs(size);
  }

  private async opened(note: Buffer): Promise<Checkpoint | undefined> {
    try {
      // Every key of the ledger may sign for each of its trees, under the tree's name.
      const { origin } = parseCheckpoint(parseNote(note));
      const keys = (await this.parts.ledgerKeys.published()).map((key) => verifierKey(origin, noteType, key.publicKey));
      return openCheckpoint(note, keys).checkpoint;
    } catch (error) {
      if (error instanceof LedgerError) return undefined;
      throw error;
    }
  }
}

/** Undefined for what is no name of a tree of the organisation. */
export function incarnationIn(origin: string, organisation: string): number | undefined {
  const [, slug, number] = /\/([a-z0-9]{1,40})\/([1-9]\d{0,8})$/.exec(origin) ?? [];
  return slug === organisation ? Number(number) : undefined;
}

const older = (size: number, found: string): Reason => ({
  code: 'ledger-older',
  detail: `a checkpoint of ${size} leaves is known, and ${found}`,
});

const differs = (size: number): Reason => ({
  code: 'ledger-differs',
  detail: `a checkpoint of ${size} leaves is known, and the ledger has another root there`,
});

import { Injectable } from '@nestjs/common';
import { formatLedgerIndex, kindOf, type FileKind } from '@ardoise/bundle';
import type { LedgerState, StatedTree } from './ledger-state';
import type { LedgerSince } from './since';
import { PolicyTexts } from '../policies/policy-texts';
import { Statements } from './statements';
import { TreeFiles } from './tree-files';

/** A file of the ledger: whole where it is small, in pieces where it grows without end. */
export interface LedgerFile {
  readonly kind: FileKind;
  readonly content: Buffer | AsyncIterable<Buffer>;
}

/** The one place that knows what stands in which file of a ledger, for the archive and for HTTP alike. */
@Injectable()
export class LedgerContents {
  constructor(
    private readonly trees: TreeFiles,
    private readonly statements: Statements,
    private readonly policies: PolicyTexts,
  ) {}

  /** A file by its path in the layout; undefined when there is none. The README is the archive's own. */
  async file(state: LedgerState, path: string): Promise<LedgerFile | undefined> {
    const kind = kindOf(path);
    const content = kind && (await this.content(state, kind, path));
    return content && { kind, content };
  }

  index({ organisation, madeAt, trees }: LedgerState, since?: LedgerSince, reference?: string): Buffer {
    return formatLedgerIndex({
      organisation,
      madeAt: madeAt.toISOString(),
      trees: trees.map(({ tree: { incarnation, origin }, size, root }) => ({ incarnation, origin, size, root })),
      ...(since === undefined ? {} : { since }),
      ...(reference === undefined ? {} : { reference }),
    });
  }

  private async content(
    state: LedgerState,
    kind: FileKind,
    path: string,
  ): Promise<Buffer | AsyncIterable<Buffer> | undefined> {
    const { organisation } = state;
    switch (kind) {
      case 'ledger':
        return this.index(state);
      case 'keys':
        return this.statements.keys();
      case 'receipts':
        return this.statements.receipts(organisation);
      case 'units':
        return this.statements.endings(organisation);
      case 'vocabulary':
        return this.statements.vocabulary();
      case 'policy':
        return this.policies.text(organisation, numberIn(path));
      case 'readme':
        return undefined;
      default:
        return this.ofTree(state, kind, path);
    }
  }

  private async ofTree(
    state: LedgerState,
    kind: 'checkpoint' | 'checkpoints' | 'tile' | 'entries',
    path: string,
  ): Promise<Buffer | AsyncIterable<Buffer> | undefined> {
    const stated: StatedTree | undefined = state.trees.find(({ tree }) => tree.incarnation === numberIn(path));
    if (!stated) return undefined;
    if (kind === 'checkpoint') return this.trees.checkpoint(stated);
    if (kind === 'checkpoints') return this.trees.checkpoints(stated);
    return this.trees.tile(stated, path.slice(path.indexOf('/') + 1));
  }
}

/** The first number in a path of the layout: an incarnation, or a version of the policy. */
export function numberIn(path: string): number {
  return Number(/[1-9][0-9]*/.exec(path)?.[0]);
}

import type { LedgerProblem, TreeStanding } from '@ardoise/sequencer';
import { distance, type LogStanding } from '../../src/platform/log-standing';
import type { Platform } from '../../src/platform/platform';

/** A tree's standing, and what keeps it from being signed: found here, since another process has the lane. */
export interface LedgerStanding {
  readonly tree: TreeStanding;
  readonly problem?: LedgerProblem;
}

export async function ledgerStandings({ sequencer, ledger }: Platform): Promise<LedgerStanding[]> {
  const { trees } = await sequencer.status();
  return Promise.all(
    trees.map(async (tree) => {
      const problem = await ledger.check(tree.organisation);
      return { tree, ...(problem ? { problem } : {}) };
    }),
  );
}

export function ledgerLine({ tree, problem }: LedgerStanding, unit: LogStanding['unit']): string {
  const { organisation, size, behind, newest } = tree;
  if (problem) return `${organisation}: the ledger is not signed, ${problem.code}: ${problem.detail}`;
  const signed = newest
    ? `signed ${newest.size} at ${newest.signedAt.toISOString()}, ${counted(newest.cosignatures, 'cosignature')}`
    : 'nothing signed yet';
  return `${organisation}: ledger of ${counted(size, 'event')}, ${distance(behind, unit)} behind, ${signed}`;
}

export function ledgerSummary({ tree, problem }: LedgerStanding): object {
  const { position, after, through, head, newest, refused: _, ...rest } = tree;
  return {
    ...rest,
    after: after.toString(),
    ...(through === undefined ? {} : { through: through.toString() }),
    position: position.toString(),
    head: head.toString(),
    ...(newest ? { newest: { ...newest, signedAt: newest.signedAt.toISOString() } } : {}),
    ...(problem ? { problem } : {}),
  };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

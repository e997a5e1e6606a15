import { type LedgerKeys, type PublishedKey, SigningError } from '@ardoise/signing';

export interface LedgerKeyStanding {
  readonly lines: readonly string[];
  readonly summary: object;
  /** Why the ledger is not signed. */
  readonly problem?: string;
}

/** Which keys sign the ledger, and until when; those that signed before are only counted. */
export async function ledgerKeyStanding({ ledgerKeys }: { ledgerKeys: LedgerKeys }): Promise<LedgerKeyStanding> {
  const published = await ledgerKeys.published();
  const { signing, problem } = await signingIds(ledgerKeys);
  const lines = published.toReversed().flatMap((key, at) => lineOf(key, at === 0, signing));
  const before = published.length - Math.max(1, signing.length);
  return {
    lines: [
      ...lines,
      ...(before > 0 ? [`${before} ledger keys before that sign no longer`] : []),
      ...(problem === undefined ? [] : [`THE LEDGER IS NOT SIGNED: ${problem}`]),
    ],
    summary: {
      keys: published.map(({ id, since, until }) => ({ id, since, until, signs: signing.includes(id) })),
      ...(problem === undefined ? {} : { problem }),
    },
    ...(problem === undefined ? {} : { problem }),
  };
}

function lineOf({ id, since, until }: PublishedKey, isCurrent: boolean, signing: readonly string[]): string[] {
  if (isCurrent) return [`ledger key in use: ${id}, since ${since}`];
  return signing.includes(id) ? [`ledger key before it: ${id}, signs beside it until ${until ?? '?'}`] : [];
}

async function signingIds(keys: LedgerKeys): Promise<{ signing: readonly string[]; problem?: string }> {
  try {
    return { signing: (await keys.signing()).map(({ id }) => id) };
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    return { signing: [], problem: error.message };
  }
}

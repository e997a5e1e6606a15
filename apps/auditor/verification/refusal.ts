import { BundleError } from '@ardoise/bundle';
import { FormatError } from '@ardoise/format';
import { LedgerError } from '@ardoise/ledger';
import { ContentError } from './content';

/** What can go otherwise the next time says nothing of the bundle. */
const passing = new Set(['bundle-unreachable', 'bundle-interrupted']);

/** What of the files is refused. @throws the error itself, where it is no refusal of content */
export function refusalOf(error: unknown): { readonly code: string; readonly detail: string } {
  const known =
    error instanceof ContentError ||
    error instanceof LedgerError ||
    error instanceof FormatError ||
    (error instanceof BundleError && !passing.has(error.code));
  if (!known) throw error;
  return { code: error.code, detail: error.message };
}

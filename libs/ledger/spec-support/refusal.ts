import { LedgerError } from '..';

/** The code of the LedgerError that the work ends with; undefined when it ends well. Any other error is a failure. */
export function refusalOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

import { BundleError, type LedgerFiles } from '@ardoise/bundle';

/** Whether there is such a file, of which no more is read than its beginning. */
export async function exists(files: LedgerFiles, path: string): Promise<boolean> {
  try {
    for await (const _ of files.stream(path)) return true;
    return true;
  } catch (error) {
    if (error instanceof BundleError && error.code === 'bundle-not-found') return false;
    throw error;
  }
}

import { stat } from 'node:fs/promises';
import { ArchiveFiles } from './archive-reader';
import { BundleError } from './errors';
import { FolderFiles } from './folder-reader';
import { HttpFiles, type HttpOptions } from './http-reader';
import { ledgerPath, limits } from './layout';
import type { LedgerFiles } from './ledger-files';

/** A bundle by the path of its archive or folder, or a ledger by its address. @throws BundleError */
export async function openBundle(pathOrUrl: string, options: HttpOptions = {}): Promise<LedgerFiles> {
  const files = await filesAt(pathOrUrl, options);
  try {
    if ((await files.read(ledgerPath, limits.ledger)) === undefined) {
      throw new BundleError('bundle-not-recognised', `there is no ${ledgerPath}: these are not the files of a ledger`);
    }
    return files;
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function filesAt(pathOrUrl: string, options: HttpOptions): Promise<LedgerFiles> {
  if (/^https?:\/\//i.test(pathOrUrl)) {
    if (!URL.canParse(pathOrUrl)) throw new BundleError('bundle-not-found', 'this is no address');
    return new HttpFiles(pathOrUrl, options);
  }
  const about = await stat(pathOrUrl).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!about) throw new BundleError('bundle-not-found', 'there is no such file, folder or address');
  if (about.isDirectory()) return new FolderFiles(pathOrUrl);
  if (about.isFile()) return ArchiveFiles.open(pathOrUrl);
  throw new BundleError('bundle-type-refused', 'this is neither a file nor a folder');
}

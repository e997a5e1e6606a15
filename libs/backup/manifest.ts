import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from './errors';
import type { PartName, PartWords } from './parts';

export const manifestFormat = 'ardoise-backup-1';
export const manifestFile = 'manifest.json';

/** One file of a part, as it was written. */
export interface FileEntry {
  readonly file: string;
  /** Of the file. */
  readonly bytes: number;
  /** Lowercase hexadecimal, of the file. */
  readonly sha256: string;
}

/** A table's rows: PostgreSQL's COPY text format in UTF-8, gzip. */
export interface TableEntry extends FileEntry {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: number;
}

/** Where an organisation's log ends: position, and the leaf of the event there, which no other event has. */
export interface Head {
  readonly position: string;
  readonly leaf: string;
}

export interface AppliedMigration {
  readonly id: string;
  readonly sha256: string;
}

/** What a part's folder says of itself; the last file that is written. */
export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly part: PartName;
  /** Parts with the same id are of the same moment. */
  readonly backup: string;
  readonly takenAt: string;
  readonly words: PartWords;
  readonly migrations: readonly AppliedMigration[];
  readonly heads: Readonly<Record<string, Head>>;
  readonly tables: readonly TableEntry[];
  /** Next values of sequences. */
  readonly sequences: Readonly<Record<string, string>>;
  /** For blobs: the list of what is below `files/`, one JSON object a line, gzip. */
  readonly blobs?: FileEntry & { readonly count: number; readonly totalBytes: number };
}

/** @throws BackupError when the folder holds no whole part of that name */
export async function readManifest(folder: string, part: PartName): Promise<Manifest> {
  const path = join(folder, manifestFile);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  } catch {
    throw new BackupError(
      'backup-not-found',
      `${path} is missing or no manifest: this is no whole backup of "${part}"`,
    );
  }
  const format: string = manifest.format;
  if (format !== manifestFormat) {
    throw new BackupError('backup-newer', `${path} has the format "${format}"; this Ardoise reads ${manifestFormat}`);
  }
  const found: string = manifest.part;
  if (found !== part) {
    throw new BackupError('backup-not-found', `${path} is of the part "${found}", not of "${part}"`);
  }
  for (const { file } of [...manifest.tables, ...(manifest.blobs ? [manifest.blobs] : [])]) {
    if (!/^[A-Za-z0-9_.-]+$/.test(file))
      throw new BackupError('backup-damaged', `${path} names a file that cannot be its own`);
  }
  return manifest;
}

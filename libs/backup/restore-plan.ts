import { migrationDigest, type Migration } from '@ardoise/postgres';
import { join } from 'node:path';
import { digestOf, exists } from './durable-files';
import { BackupError } from './errors';
import { manifestFile, readManifest, type AppliedMigration, type Manifest } from './manifest';
import { partNames, partOfMigration, type DatabasePart, type PartName } from './parts';

/** A part of a backup, and where it lies. */
export interface FoundPart {
  readonly part: PartName;
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Finds parts in folders, each of which is a backup or a part of one. Without names: all that is there.
 * @throws BackupError when one that was named is not there
 */
export async function findParts(from: readonly string[], names?: readonly PartName[]): Promise<FoundPart[]> {
  const found: FoundPart[] = [];
  for (const part of names ?? partNames) {
    const folder = await folderOf(part, from);
    if (folder !== undefined) found.push({ part, folder, manifest: await readManifest(folder, part) });
    else if (names) throw new BackupError('backup-not-found', `there is no part "${part}" in ${from.join(', ')}`);
  }
  if (found.length === 0) throw new BackupError('backup-not-found', `there is no backup in ${from.join(', ')}`);
  return found;
}

async function folderOf(part: PartName, from: readonly string[]): Promise<string | undefined> {
  for (const folder of from) {
    if (await exists(join(folder, part, manifestFile))) return join(folder, part);
    if (!(await exists(join(folder, manifestFile)))) continue;
    const own = await readManifest(folder, part).catch(() => undefined);
    if (own) return folder;
  }
  return undefined;
}

/** Reads every file of the parts before anything is touched. @throws BackupError `backup-damaged` */
export async function checkDigests(
  parts: readonly FoundPart[],
  onProgress: (done: number, total: number, what: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const files = parts.flatMap(({ folder, manifest }) =>
    [...manifest.tables, ...(manifest.blobs ? [manifest.blobs] : [])].map((entry) => ({ ...entry, folder })),
  );
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { folder, file, bytes, sha256 } of files) {
    const path = join(folder, file);
    const is = await digestOf(path, signal).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      return undefined;
    });
    if (is?.bytes !== bytes || is.sha256 !== sha256) {
      throw new BackupError(
        'backup-damaged',
        `${path} is ${is ? 'not what its manifest says' : 'missing'}; nothing was changed`,
      );
    }
    done += bytes;
    onProgress(done, total, file);
  }
}

/** A part's migrations that its backup had, of those that this version knows. */
export function migrationsOf(part: DatabasePart, known: readonly Migration[]): Migration[] {
  return known.filter(({ id }) => partOfMigration(id) === part);
}

/** @throws BackupError when a backup, or the database, has a schema that this version does not know */
export function checkKnown(applied: readonly AppliedMigration[], known: readonly Migration[], whose: string): void {
  const digests = new Map(known.map((migration) => [migration.id, migrationDigest(migration)]));
  for (const { id, sha256 } of applied) {
    if (digests.get(id) === sha256) continue;
    const why = digests.has(id) ? 'made another way' : 'not known here';
    throw new BackupError(
      'backup-newer',
      `${whose} has the migration ${id}, which is ${why}: use the version of Ardoise that wrote it, or a newer one; nothing was changed`,
    );
  }
}

/** What is done with the read models and all else that follows from the log. */
export type ReadModels = 'restored' | 'emptied' | 'untouched';

/** What is known of the log that read models in a backup follow. */
export interface LogOfReadModels {
  /** The log that is there ends where theirs did. */
  readonly isTheirs: boolean;
  /** Their log has events in the backup; else it is on another engine, or there was none. */
  readonly isInBackup: boolean;
}

/**
 * Read models hold opened values, and how far they have followed the log. They are of use only beside the log and the
 * vault of their own moment: beside older ones they would skip events, beside newer ones they would show persons who
 * were erased since. Of a log on another engine nothing of that can be told. Everything else is made anew from the log.
 * @throws BackupError when nothing but read models was asked for, and they do not belong to the log that is there
 */
export function decideReadModels(parts: readonly FoundPart[], { isTheirs, isInBackup }: LogOfReadModels): ReadModels {
  const backups = new Map(parts.map(({ part, manifest }) => [part, manifest.backup]));
  const [read, log, vault] = [backups.get('read'), backups.get('log'), backups.get('vault')];
  if (log === undefined && vault === undefined) {
    if (read === undefined) return 'untouched';
    if (isTheirs) return 'restored';
    throw new BackupError(
      'backup-parts-apart',
      'these read models are of another moment than the log, or of one that is not in this database, and may show persons who were erased since: ' +
        'use "ardoise rebuild"; nothing was changed',
    );
  }
  return isInBackup && read !== undefined && read === log && read === vault ? 'restored' : 'emptied';
}

import { backUp, restore, type BackupResult, type PartName, type RestoreResult } from '@ardoise/backup';
import { silentSteps, type Steps } from '@ardoise/steps';
import { capabilities } from '../../src/capabilities';
import { allMigrations, keepers } from '../../src/platform/database';

/** Where a test keeps a database, its files and its keys. */
export interface Site {
  readonly url: string;
  readonly dataFolder: string;
  readonly keysFolder: string;
}

const allParts: readonly PartName[] = ['log', 'vault', 'read', 'blobs'];

export function backUpSite(site: Site, to: string, parts: readonly PartName[] = allParts): Promise<BackupResult> {
  return backUp({ ...site, to, parts, migrations: allMigrations(capabilities), now: new Date('2026-03-02T10:00:00Z') });
}

export function restoreSite(
  site: Site,
  from: readonly string[],
  parts?: readonly PartName[],
  steps: Steps = silentSteps,
): Promise<RestoreResult> {
  const { url, dataFolder } = site;
  const migrations = allMigrations(capabilities);
  return restore({ url, dataFolder, from, ...(parts ? { parts } : {}), migrations, keepers, steps });
}

import { versionName, type EventVersion } from '@ardoise/sealing';
import type { Pool } from 'pg';
import { differing } from './announcements.sql';

/** Names of living processes that are of another version of the program: that know less than this one, or more. */
export async function otherPrograms(pool: Pool, now: Date, knows: readonly EventVersion[]): Promise<string[]> {
  return differing(pool, now, knows.map(versionName));
}

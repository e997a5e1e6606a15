import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool, QueryResultRow } from 'pg';
import { randomId } from '@ardoise/format';
import { createPool, migrate } from '@ardoise/postgres';
import { SettableClock } from '@ardoise/time';
import {
  FileKeyEncryption,
  PostgresVault,
  type PostgresVaultOptions,
  type Vault,
  vaultMigrations,
} from '@ardoise/vault';
import { createTestDatabase } from './test-database';

export interface TestVault {
  readonly url: string;
  readonly clock: SettableClock;
  /** Milliseconds of the monotonic clock that every vault of this database goes by. */
  readonly monotonic: { now: number };
  readonly keyEncryption: FileKeyEncryption;
  /** Where its key lies, for another process. */
  readonly keysFolder: string;
  /** Opens another vault, as another process would: with connections and a cache of its own. */
  open(options?: Partial<PostgresVaultOptions>): Promise<PostgresVault>;
  /** Runs a statement as the schema's owner. */
  sql<Row extends QueryResultRow = QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** A new organisation that the vault was told of. */
  organisation(vault: PostgresVault): Promise<string>;
  close(): Promise<void>;
}

/** The event of the log that specs of the vault alone say ended something. */
export const event = 'e'.repeat(32);

/** Closes a day and destroys its groups, as the process that ends a day does. Gives the first group's id. */
export async function endDay(
  vault: Pick<Vault, 'closeDay' | 'destroyGroups'>,
  organisation: string,
  category: string,
  day: string,
): Promise<string | undefined> {
  const groups = await vault.closeDay(organisation, category, day);
  await vault.destroyGroups(organisation, event, groups);
  return groups[0]?.group;
}

/** A vault in a database of its own, with clocks that stand still. */
export async function createTestVault(): Promise<TestVault> {
  const database = await createTestDatabase();
  await migrate(database.url, vaultMigrations);
  const folder = await mkdtemp(join(tmpdir(), 'ardoise-vault-'));
  const keyEncryption = await FileKeyEncryption.open(join(folder, 'keys'));
  const clock = new SettableClock(new Date('2026-11-22T10:00:00Z'));
  const monotonic = { now: 0 };
  const owner = createPool(database.url, { applicationName: 'owner', max: 2 });
  const pools: Pool[] = [owner];
  const vaults: PostgresVault[] = [];
  return {
    url: database.url,
    clock,
    monotonic,
    keyEncryption,
    keysFolder: join(folder, 'keys'),
    async open(options = {}) {
      const pool = createPool(database.url, { role: 'ardoise_vault', applicationName: 'vault', max: 4 });
      pools.push(pool);
      const vault = await PostgresVault.open({
        pool,
        keyEncryption,
        clock,
        monotonic: () => monotonic.now,
        ...options,
      });
      vaults.push(vault);
      return vault;
    },
    async sql<Row extends QueryResultRow>(statement: string, values: unknown[] = []) {
      return (await owner.query<Row>(statement, values)).rows;
    },
    async organisation(vault) {
      const organisation = `o${randomId()}`;
      await vault.admitOrganisation(organisation);
      return organisation;
    },
    async close() {
      for (const vault of vaults) await vault.close();
      for (const pool of pools) await pool.end();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

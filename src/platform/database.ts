import type { Keeper } from '@ardoise/backup';
import type { Config } from '@ardoise/config';
import { eventStoreMigrations } from '@ardoise/event-store';
import { outboxMigrations } from '@ardoise/outbox';
import { bePresent, createPool, migrate, startEmbedded, supervise, type Migration } from '@ardoise/postgres';
import { processManagerMigrations } from '@ardoise/process-manager';
import { projectionMigrations, ReadModelNaming } from '@ardoise/projections';
import { reactionMigrations } from '@ardoise/reactions';
import { readerMigrations } from '@ardoise/readers';
import { keepSigned, ledgerMigrations } from '@ardoise/sequencer';
import { snapshotMigrations } from '@ardoise/snapshots';
import { vaultMigrations } from '@ardoise/vault';
import { versionMigrations } from '@ardoise/versions';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { AppLog } from './logging';
import { firstVersions } from './first-versions';
import { readModelMigrations } from './read-models.generated';

/** A PostgreSQL that is there: our own, or the one that the configuration names. */
export interface Server {
  readonly url: string;
  readonly embedded: boolean;
  stop(): Promise<void>;
}

export async function findServer(config: Config, log: AppLog): Promise<Server> {
  if (config.databaseUrl !== undefined) {
    return { url: config.databaseUrl, embedded: false, stop: () => Promise.resolve() };
  }
  const dataFolder = join(config.dataFolder, 'postgres');
  const say = (message: string): void => log.info({}, message);
  const server = await startEmbedded({ dataFolder, log: say });
  const unwatch = supervise({ dataFolder, url: server.url, log: say });
  const stop = async (): Promise<void> => {
    await unwatch();
    await server.stop();
  };
  return { url: server.url, embedded: true, stop };
}

const platformMigrations: readonly Migration[] = [
  ...eventStoreMigrations,
  ...ledgerMigrations,
  ...vaultMigrations,
  ...projectionMigrations,
  ...reactionMigrations,
  ...readerMigrations,
  ...versionMigrations(firstVersions),
  ...outboxMigrations,
  ...snapshotMigrations,
  ...processManagerMigrations,
  ...readModelMigrations,
];

/** Every migration, in the order in which a new database gets them. */
export function allMigrations(capabilities: readonly { readonly migrations?: readonly Migration[] }[]): Migration[] {
  return [...platformMigrations, ...capabilities.flatMap(({ migrations }) => [...(migrations ?? [])])];
}

/** What no backup of this database takes away. */
export const keepers: readonly Keeper[] = [{ part: 'log', take: keepSigned }];

/** The pools of a process, each under the role that has only the rights its part needs. */
export interface Pools {
  readonly log: Pool;
  readonly vault: Pool;
  readonly read: Pool;
  readonly ledger: Pool;
  /** TypeORM on the read models, under the same role as `read`. */
  readonly dataSource: DataSource;
  /** Process id of the session by which this process is present; undefined while it is not. */
  presentAs(): number | undefined;
  close(): Promise<void>;
}

export interface PoolsOptions {
  readonly url: string;
  readonly entities: readonly EntityTarget<ObjectLiteral>[];
  readonly migrations: readonly Migration[];
  readonly name: string;
  /** Told what is waited for. */
  readonly say?: (message: string) => void;
}

export async function openPools(options: PoolsOptions): Promise<Pools> {
  const { url, name, say } = options;
  // First of all: from here until the close, nobody replaces what is in the database.
  const presence = await bePresent(url, { name, ...(say === undefined ? {} : { log: say }) });
  try {
    await migrate(url, [...platformMigrations, ...options.migrations]);
    const pools = await connect(options);
    const close = async (): Promise<void> => {
      await pools.close();
      await presence.leave();
    };
    return { ...pools, presentAs: () => presence.session, close };
  } catch (error) {
    await presence.leave();
    throw error;
  }
}

async function connect({ url, entities, name }: PoolsOptions): Promise<Omit<Pools, 'presentAs'>> {
  const log = createPool(url, {
    role: 'ardoise_log',
    max: 8,
    statementTimeout: 15_000,
    applicationName: `${name} log`,
  });
  const vault = createPool(url, {
    role: 'ardoise_vault',
    max: 8,
    statementTimeout: 15_000,
    applicationName: `${name} vault`,
  });
  const read = createPool(url, { role: 'ardoise_read', max: 12, applicationName: `${name} read` });
  const ledger = createPool(url, { role: 'ardoise_ledger', max: 3, applicationName: `${name} ledger` });
  const dataSource = readModels(url, entities, name);
  await dataSource.initialize();
  const close = async (): Promise<void> => {
    await dataSource.destroy();
    await Promise.all([log.end(), vault.end(), read.end(), ledger.end()]);
  };
  return { log, vault, read, ledger, dataSource, close };
}

/** TypeORM on the schema `read`; statements are never logged, for they hold values. */
export function readModels(url: string, entities: readonly EntityTarget<ObjectLiteral>[], name: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    schema: 'read',
    entities: entities as never,
    namingStrategy: new ReadModelNaming(),
    synchronize: false,
    logging: false,
    applicationName: `${name} queries`,
    poolSize: 10,
    poolErrorHandler: () => undefined,
    extra: { options: '-c role=ardoise_read', connectionTimeoutMillis: 10_000, statement_timeout: 60_000 },
  });
}

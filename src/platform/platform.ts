import { Blobs, FolderBlobStore } from '@ardoise/blobs';
import { AnchorFolder } from '@ardoise/anchor';
import type { Config } from '@ardoise/config';
import { Recorder } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import type { KnownElsewhere } from '@ardoise/lanes';
import { categories, loadPolicies, warningsOf, type Policy } from '@ardoise/policy';
import { settingsThatKeepValues } from '@ardoise/postgres';
import { ProjectionRuntime } from '@ardoise/projections';
import { PostgresLongReaders, type LongReaders } from '@ardoise/readers';
import { randomBytes } from '@ardoise/format';
import { EventRegistry, Opener, Sealer } from '@ardoise/sealing';
import { Ledger, Sequencer } from '@ardoise/sequencer';
import { FileSigningKey, type LedgerKeys, type SigningKey } from '@ardoise/signing';
import { PostgresSnapshotTable, RecentStates, Snapshots } from '@ardoise/snapshots';
import { LoggedSteps, type Steps } from '@ardoise/steps';
import { SystemClock, type Clock } from '@ardoise/time';
import { Lease, type KeyEncryption, PostgresVault, type Upkeep, type Vault } from '@ardoise/vault';
import { AnnouncedVersions } from '@ardoise/versions';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { Capability } from './capability';
import { findServer, openPools, type Pools, type Server } from './database';
import { openEventStore, rememberWhereRecordsAre } from './event-store';
import type { Anchors } from './gate/anchors';
import type { Gate } from './gate/gate';
import type { LedgerAnchor } from './gate/ledger-anchor';
import { Quarantines } from './gate/quarantines';
import type { Reckoning } from './gate/reckoning';
import { startGate } from './gate/start-gate';
import { openKeyEncryption } from './key-encryption';
import { openLedgerKeys, originBaseOf } from './ledger-keys';
import { LogDeparture } from './log-departure';
import { type PositionUnit, unitOf } from './log-standing';
import type { AppLog } from './logging';
import { openWitnesses, type Witnesses } from './witnesses';

export interface PlatformOptions {
  readonly config: Config;
  readonly capabilities: readonly Capability[];
  readonly log: AppLog;
  readonly clock?: Clock;
  /** Where long processes announce their durable steps; else the log, at debug level. */
  readonly steps?: Steps;
  /** Shown in the database's list of sessions. */
  readonly name: string;
}

/** All that the capabilities stand on, made once a process: database, log, vault, sealing, recorder, projections. */
export abstract class Platform {
  abstract readonly config: Config;
  abstract readonly capabilities: readonly Capability[];
  abstract readonly log: AppLog;
  abstract readonly clock: Clock;
  /** Where long processes announce their durable steps. */
  abstract readonly steps: Steps;
  abstract readonly server: Server;
  abstract readonly pools: Pools;
  abstract readonly policies: ReadonlyMap<string, Policy>;
  abstract readonly metrics: Registry;
  abstract readonly store: EventStore;
  /** What a difference of two positions of the log counts. */
  abstract readonly unit: PositionUnit;
  /** Whether the log was left by a move. */
  abstract readonly departure: LogDeparture;
  abstract readonly vault: Vault;
  /** What keeps the vault in step with its log. */
  abstract readonly upkeep: Upkeep;
  /** Compares log and vault with the anchors, and says which organisation is not to be written. */
  abstract readonly gate: Gate;
  abstract readonly quarantines: Quarantines;
  /** Whether nothing is to be done of itself for an organisation: it is in quarantine, or the log was left. */
  abstract readonly rests: (organisation: string) => boolean;
  /** What was destroyed, remembered beside the key-encryption key. */
  abstract readonly anchors: Anchors;
  /** The largest checkpoint that is known of each ledger, beside the key-encryption key. */
  abstract readonly ledgerAnchor: LedgerAnchor;
  /** Who cosigns checkpoints; nobody where no policy is configured. */
  abstract readonly witnesses: Witnesses;
  abstract readonly reckoning: Reckoning;
  abstract readonly keyEncryption: KeyEncryption;
  /** Signs receipts, and an operator's word about a gap. */
  abstract readonly signing: SigningKey;
  /** The trees of every organisation's log, and what was signed of them. */
  abstract readonly ledger: Ledger;
  /** Follows the logs with trees, and signs them. */
  abstract readonly sequencer: Sequencer;
  /** Sign checkpoints. */
  abstract readonly ledgerKeys: LedgerKeys;
  /** What the names of trees that begin now begin with. */
  abstract readonly ledgerOriginBase: string;
  abstract readonly registry: EventRegistry;
  /** What all living processes can read, and so what may be written. */
  abstract readonly versions: AnnouncedVersions;
  abstract readonly opener: Opener;
  abstract readonly recorder: Recorder;
  /** Records for an organisation in quarantine too: an operator's own word about it, and nothing else. */
  abstract readonly recoveryRecorder: Recorder;
  /** States of long streams; nothing is lost with them but time. */
  abstract readonly snapshots: PostgresSnapshotTable;
  abstract readonly blobs: Blobs;
  abstract readonly projections: ProjectionRuntime;
  /** Who reads for long, and is waited for by erasures. */
  abstract readonly readers: LongReaders;
  /** Ends what runs, in the order of use. */
  abstract close(): Promise<void>;
}

/** @throws ConfigError, PolicyError, and what the database says */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, capabilities, log } = options;
  const policies = loadPolicies(config.policiesFolder);
  warn(config, policies, log);
  const registry = new EventRegistry(
    capabilities.flatMap(({ events }) => [...events]),
    categories,
    capabilities.flatMap(({ upcasters }) => [...(upcasters ?? [])]),
  );
  const server = await findServer(config, log);
  const open = new OpenParts();
  open.add(() => server.stop());
  try {
    return await assemble(options, policies, registry, server, open);
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** How to end each part that is open; the last one opened ends first. */
class OpenParts {
  private readonly ends: (() => Promise<void>)[] = [];

  add(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  async close(): Promise<void> {
    for (let end = this.ends.pop(); end; end = this.ends.pop()) await end();
  }
}

async function assemble(
  { config, capabilities, log, clock = new SystemClock(), steps = new LoggedSteps(log), name }: PlatformOptions,
  policies: ReadonlyMap<string, Policy>,
  registry: EventRegistry,
  server: Server,
  open: OpenParts,
): Promise<Platform> {
  const projections = capabilities.flatMap(({ projections: list }) => [...list]);
  const entities = projections.flatMap(({ tables }) => [...tables]);
  const migrations = capabilities.flatMap(({ migrations: own }) => [...(own ?? [])]);
  const pools = await openPools({
    url: server.url,
    entities,
    migrations,
    name,
    say: (message) => log.info({}, message),
  });
  open.add(() => pools.close());
  if (!server.embedded) await warnOfLogging(pools, log);
  const metrics = new Registry();
  const session = (): number | undefined => pools.presentAs();
  const knows = registry.versions();
  const versions = await AnnouncedVersions.announce({ pool: pools.log, clock, log, name, knows, session, metrics });
  open.add(() => versions.leave());
  const store = await openEventStore({ config, pool: pools.log, url: server.url, metrics });
  open.add(() => store.close());
  await rememberWhereRecordsAre(store, { config, pool: pools.log });
  const departure = new LogDeparture({ store, engine: config.eventStore.kind, log, metrics });
  departure.start();
  open.add(() => departure.stop());
  const keyEncryption = await openKeyEncryption(config, pools.vault);
  const leaseMilliseconds = config.keyLeaseMilliseconds;
  const vault = await PostgresVault.open({ pool: pools.vault, keyEncryption, clock, leaseMilliseconds });
  open.add(() => vault.close());
  const { upkeep } = vault;
  const signing = await openSigningKey(config);
  const opener = new Opener(registry, vault);
  const sealer = new Sealer(registry, vault, randomBytes, versions);
  const quarantines = new Quarantines(metrics, departure);
  const mustBeOpen = (organisation: string): void => quarantines.mustBeOpen(organisation);
  const policyOf = (organisation: string): number => policies.get(organisation)?.policy.version ?? 0;
  const recording = { store, vault, sealer, opener, clock, policyOf };
  const snapshotTable = new PostgresSnapshotTable(pools.log);
  const snapshots = new Snapshots({ table: snapshotTable, vault, clock, log });
  open.add(() => snapshots.settled());
  const recent = new RecentStates({ vault, lease: new Lease(vault.leaseMilliseconds, clock) });
  open.add(() => Promise.resolve(recent.close()));
  const recorder = new Recorder({ ...recording, snapshots, recent, mustBeOpen });
  const recoveryRecorder = new Recorder(recording);
  const blobs = new Blobs(new FolderBlobStore(join(config.dataFolder, 'blobs'), clock));
  const { read: pool, dataSource } = pools;
  const rests = (organisation: string): boolean => departure.isLeft || quarantines.of(organisation) !== undefined;
  const runs = (organisation: string): boolean => !rests(organisation);
  const knownElsewhere: KnownElsewhere = (version) => versions.knownElsewhere(version);
  const reading = { store, opener, pool, dataSource, projections, knownElsewhere };
  const runtime = new ProjectionRuntime({ ...reading, clock, metrics, log, runs });
  const head = (organisation: string): Promise<bigint> => store.head(organisation);
  const readers = new PostgresLongReaders({ pool, clock, head });
  const known = {
    versions,
    departure,
    rests,
    config,
    capabilities,
    log,
    clock,
    steps,
    server,
    pools,
    policies,
    metrics,
  };
  const sealing = { vault, upkeep, keyEncryption, signing, registry, opener };
  const made = { store, ...sealing, recorder, recoveryRecorder, snapshots: snapshotTable, quarantines, blobs };
  const ledger = await openLedger({ config, clock, steps, pools, store });
  const following = { projections: runtime, readers, unit: await unitOf(store, ledger.ledger) };
  const parts = { ...known, ...made, ...following, ...ledger, witnesses: await openWitnesses(config) };
  const { close: closeGate, ...gate } = await startGate(parts);
  open.add(closeGate);
  open.add(() => runtime.stop());
  const sequencer = new Sequencer({ ...parts, pool: pools.ledger, keys: ledger.ledgerKeys, runs });
  quarantines.onLifted(() => sequencer.lookNow());
  departure.onChange(() => {
    runtime.lookNow();
    sequencer.lookNow();
  });
  open.add(() => sequencer.stop());
  return { ...parts, ...gate, sequencer, close: () => open.close() };
}

type LedgerParts = Pick<Platform, 'ledger' | 'ledgerKeys' | 'ledgerOriginBase'>;

type LedgerNeeds = Pick<Platform, 'config' | 'clock' | 'steps' | 'pools' | 'store'>;

async function openLedger({ config, clock, steps, pools, store }: LedgerNeeds): Promise<LedgerParts> {
  const ledger = new Ledger({ pool: pools.ledger, store });
  const create = (await ledger.organisations()).length === 0;
  const ledgerKeys = await openLedgerKeys({ config, clock, steps, create });
  return { ledger, ledgerKeys, ledgerOriginBase: await originBaseOf(config, ledgerKeys) };
}

/** Made at the first start only: afterwards one that is not there was lost, and receipts were signed with it. */
async function openSigningKey({ keysFolder }: Config): Promise<SigningKey> {
  const anchored = await (await AnchorFolder.open(join(keysFolder, 'anchors'))).organisations();
  return FileSigningKey.open(keysFolder, 'receipts', { create: anchored.length === 0 });
}

function warn(config: Config, policies: ReadonlyMap<string, Policy>, log: AppLog): void {
  for (const warning of config.warnings) log.warn({}, warning);
  for (const policy of policies.values()) {
    for (const { code, organisation, path } of warningsOf(policy))
      log.warn({ code, organisation, path }, 'policy warning');
  }
}

/** A server that is not ours may keep statements and their values where no erasure reaches. */
async function warnOfLogging({ log: pool }: Pools, log: AppLog): Promise<void> {
  for (const { setting, value, why } of await settingsThatKeepValues(pool)) {
    log.warn({ code: 'database-keeps-values', setting, value }, why);
  }
}

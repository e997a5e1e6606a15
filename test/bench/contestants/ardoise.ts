import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { eventStoreMigrations, PostgresEventStore } from '@ardoise/event-store';
import { createPool, migrate } from '@ardoise/postgres';
import { Opener, Sealer } from '@ardoise/sealing';
import { FileKeyEncryption, PostgresVault, vaultMigrations } from '@ardoise/vault';
import { benchRegistry, eventToSeal, newStream, type BenchStream } from '../payload';
import { callers, type Contestant } from '../rounds';

export const organisation = 'bench';

/** Ardoise's own log and vault, as a server has them, on one database. */
export interface ArdoiseLog {
  readonly store: PostgresEventStore;
  readonly vault: PostgresVault;
  readonly sealer: Sealer;
  readonly opener: Opener;
  /** Streams with one event and a key each. */
  streams(count: number): Promise<BenchStream[]>;
  close(): Promise<void>;
}

export async function openArdoise(url: string, folder: string): Promise<ArdoiseLog> {
  await migrate(url, [...eventStoreMigrations, ...vaultMigrations]);
  const logPool = createPool(url, { role: 'ardoise_log', max: 8, applicationName: 'bench log' });
  const vaultPool = createPool(url, { role: 'ardoise_vault', max: 8, applicationName: 'bench vault' });
  const keyEncryption = await FileKeyEncryption.open(mkdtempSync(join(folder, 'keys-')));
  const store = new PostgresEventStore({ pool: logPool, listenUrl: url });
  const vault = await PostgresVault.open({ pool: vaultPool, keyEncryption });
  const sealer = new Sealer(benchRegistry, vault);
  await vault.admitOrganisation(organisation);
  return {
    store,
    vault,
    sealer,
    opener: new Opener(benchRegistry, vault),
    async streams(count) {
      const streams = Array.from({ length: count }, newStream);
      await Promise.all(streams.map(({ person, stream }) => vault.admitPerson(organisation, person, stream)));
      await Promise.all(streams.map((stream) => sealAndAppend(store, sealer, stream)));
      return streams;
    },
    async close() {
      await store.close();
      await vault.close();
      await logPool.end();
      await vaultPool.end();
    },
  };
}

async function sealAndAppend(store: PostgresEventStore, sealer: Sealer, to: BenchStream): Promise<void> {
  const { stream, version: expectedVersion } = to;
  const events = await sealer.seal(organisation, stream, [eventToSeal(to)]);
  const outcome = await store.append({ organisation, stream, expectedVersion, events });
  if (outcome.kind !== 'appended') throw new Error(`an append of the benchmark came out as ${outcome.kind}`);
  to.version = outcome.version;
}

/** Seals one event and appends it to a stream that exists, each caller on streams of its own. */
export function ardoiseAppends(
  name: string,
  log: ArdoiseLog,
  streams: readonly BenchStream[],
  count: number,
): Contestant {
  return {
    name,
    run: (over) => {
      const next = turns(streams, count);
      return callers(count, over, async (caller) => {
        await sealAndAppend(log.store, log.sealer, next(caller));
        return 1;
      });
    },
  };
}

/** Deals streams out to callers, and to each its own in turn: no two callers ever meet on a stream. */
export function turns<T>(streams: readonly T[], count: number): (caller: number) => T {
  const own = Array.from({ length: count }, (_, caller) => streams.filter((_, index) => index % count === caller));
  const at = new Array<number>(count).fill(0);
  return (caller) => {
    const mine = own[caller] as readonly T[];
    const turn = (at[caller] ?? 0) % mine.length;
    at[caller] = turn + 1;
    return mine[turn] as T;
  };
}

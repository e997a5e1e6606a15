import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { eventStoreMigrations, PostgresEventStore, type EventStore } from '@ardoise/event-store';
import { createPool, migrate } from '@ardoise/postgres';
import { Opener, Sealer } from '@ardoise/sealing';
import { FileKeyEncryption, PostgresVault, vaultMigrations } from '@ardoise/vault';
import { benchRegistry, eventToSeal, newStream, type BenchStream } from '../payload';
import type { Subject } from './subject';

export const organisation = 'bench';
const page = 1_000;

/** Ardoise's own log and vault, as a server has them. */
export interface ArdoiseLog extends Subject {
  readonly store: EventStore;
  readonly vault: PostgresVault;
  readonly sealer: Sealer;
  readonly opener: Opener;
}

/** Log and vault on one database; or the vault alone, where another log is given. */
export async function openArdoise(url: string, folder: string, other?: EventStore): Promise<ArdoiseLog> {
  await migrate(url, [...eventStoreMigrations, ...vaultMigrations]);
  const logPool = createPool(url, { role: 'ardoise_log', max: 8, applicationName: 'bench log' });
  const vaultPool = createPool(url, { role: 'ardoise_vault', max: 8, applicationName: 'bench vault' });
  const keyEncryption = await FileKeyEncryption.open(mkdtempSync(join(folder, 'keys-')));
  const store = other ?? new PostgresEventStore({ pool: logPool, listenUrl: url });
  const vault = await PostgresVault.open({ pool: vaultPool, keyEncryption });
  const sealer = new Sealer(benchRegistry, vault);
  const opener = new Opener(benchRegistry, vault);
  await vault.admitOrganisation(organisation);
  const append = async (to: BenchStream, count: number): Promise<boolean> => {
    const { stream, version: expectedVersion } = to;
    const toSeal = Array.from({ length: count }, (_, index) => ({
      ...eventToSeal(to),
      version: expectedVersion + index,
    }));
    const events = await sealer.seal(organisation, stream, toSeal);
    const outcome = await store.append({ organisation, stream, expectedVersion, events });
    if (outcome.kind === 'appended') to.version = outcome.version;
    return outcome.kind === 'appended';
  };
  return {
    name: 'Ardoise',
    store,
    vault,
    sealer,
    opener,
    append,
    async streams(count, events = 1) {
      const streams = Array.from({ length: count }, newStream);
      await Promise.all(streams.map(({ person, stream }) => vault.admitPerson(organisation, person, stream)));
      await Promise.all(streams.map((stream) => append(stream, events)));
      return streams;
    },
    async readStream({ stream }) {
      return (await opener.open(organisation, await store.readStream(organisation, stream))).length;
    },
    async readLog(over) {
      let after = 0n;
      let count = 0;
      for (;;) {
        const stored = await store.readLog(organisation, after, page);
        count += (await opener.open(organisation, stored)).length;
        if (stored.length < page || over()) return count;
        after = stored.at(-1)?.position ?? after;
      }
    },
    async close() {
      await store.close();
      await vault.close();
      await logPool.end();
      await vaultPool.end();
    },
  };
}

import { generateKeyPairSync, sign } from 'node:crypto';
import { PostgresEventStore } from '@ardoise/event-store';
import { silentLog } from '@ardoise/lanes';
import { createPool } from '@ardoise/postgres';
import { Ledger, Sequencer } from '@ardoise/sequencer';
import { type LedgerKeys, signingKeyId } from '@ardoise/signing';
import { SystemClock } from '@ardoise/time';
import { Registry } from 'prom-client';

/** What sequencers' sessions are found by in the database's list. */
export const sequencerSessions = 'bench sequencer';

export interface BenchSequencer {
  readonly sequencer: Sequencer;
  readonly ledger: Ledger;
  readonly stop: () => Promise<void>;
}

/** A sequencer of one organisation as a server has it, with its sessions under a name of their own. */
export async function startBenchSequencer(url: string, organisation: string): Promise<BenchSequencer> {
  const pool = createPool(url, { role: 'ardoise_ledger', max: 3, applicationName: sequencerSessions });
  const logPool = createPool(url, { role: 'ardoise_log', max: 2, applicationName: sequencerSessions });
  const store = new PostgresEventStore({ pool: logPool, listenUrl: url });
  const ledger = new Ledger({ pool, store });
  const sequencer = new Sequencer({
    ledger,
    store,
    pool,
    keys: keys(),
    ledgerOriginBase: 'bench.example',
    clock: new SystemClock(),
    metrics: new Registry(),
    log: silentLog,
    runs: (one) => one === organisation,
  });
  await sequencer.start();
  return {
    sequencer,
    ledger,
    stop: async () => {
      await sequencer.stop();
      await store.close();
      await Promise.all([pool.end(), logPool.end()]);
    },
  };
}

function keys(): LedgerKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const id = signingKeyId(pem);
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    signing: async () => [{ id, publicKey: pem, sign: async (bytes) => sign(null, bytes, privateKey) }],
    published: async () => [{ id, publicKey: raw, since: '2026-11-22T10:00:00Z' }],
  };
}

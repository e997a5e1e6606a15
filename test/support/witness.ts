import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatVerifierKey, verifierKey, type NoteSigner, type VerifierKey } from '@ardoise/ledger';
import { rawPublicKey } from '@ardoise/signing';
import { SystemClock } from '@ardoise/time';
import { FolderWitnessStore, serveWitness, Witness, type ServedWitness } from '@ardoise/witness';
import type { TestServer } from './server';

/** A witness on real HTTP with a folder of its own, which cosigns the logs of a server. */
export class TestWitness {
  /** As a line of a trust policy. */
  readonly line: string;

  private constructor(
    readonly name: string,
    readonly key: VerifierKey,
    readonly url: string,
    private readonly served: ServedWitness,
    private readonly store: FolderWitnessStore,
    private readonly folder: string,
  ) {
    this.line = `witness ${name} ${formatVerifierKey(key)} ${url}`;
  }

  static async start(name: string, server: () => TestServer): Promise<TestWitness> {
    const folder = mkdtempSync(join(tmpdir(), 'ardoise-witness-'));
    const store = await FolderWitnessStore.open(folder, 100);
    const signer = newSigner(`witness.example/${name}`);
    const logs = async (origin: string): Promise<VerifierKey[]> =>
      (await server().platform.ledgerKeys.published()).map(({ publicKey }) => verifierKey(origin, 0x01, publicKey));
    const witness = new Witness({ store, signer, logs, clock: new SystemClock() });
    const served = await serveWitness({ witness, host: '127.0.0.1', port: 0 });
    return new TestWitness(name, signer.key, served.url, served, store, folder);
  }

  async close(): Promise<void> {
    await this.served.close();
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function newSigner(name: string, type: 0x01 | 0x04 = 0x04): NoteSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = rawPublicKey(publicKey.export({ type: 'spki', format: 'pem' }) as string);
  return { key: verifierKey(name, type, raw), sign: async (message) => sign(null, message, privateKey) };
}

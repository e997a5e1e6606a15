import { readFile } from 'node:fs/promises';
import { ConfigError, type Config } from '@ardoise/config';
import { LedgerError, parseTrustPolicy, type VerifierKey } from '@ardoise/ledger';
import { WitnessClient } from '@ardoise/witness';

/** A witness of our policy that can be asked. */
export interface AskedWitness {
  /** As the policy has it. */
  readonly name: string;
  readonly key: VerifierKey;
  readonly client: WitnessClient;
}

/** Who is asked to cosign our checkpoints, and when that is enough. */
export interface Witnesses {
  /** Those of the policy that have an address. */
  readonly asked: readonly AskedWitness[];
  /** Every witness of the policy. */
  readonly keys: readonly VerifierKey[];
  /** Whether the keys, whose cosignatures were verified, are the policy's quorum. */
  isSatisfied(cosigners: readonly VerifierKey[]): boolean;
}

const nobody: Witnesses = { asked: [], keys: [], isSatisfied: () => true };

/** @throws ConfigError for a policy that cannot be read as one; the message names the line */
export async function openWitnesses({ ledgerPolicy: path }: Pick<Config, 'ledgerPolicy'>): Promise<Witnesses> {
  if (path === undefined) return nobody;
  const text = await readFile(path, 'utf8').catch(() => {
    throw new ConfigError(`ARDOISE_LEDGER_POLICY names a file that cannot be read: ${path}`);
  });
  try {
    const policy = parseTrustPolicy(text);
    const asked = policy.witnesses.flatMap(({ name, key, url }) => {
      if (url === undefined) return [];
      checkAddress(name, url);
      return [{ name, key, client: new WitnessClient({ url, key }) }];
    });
    const keys = policy.witnesses.map(({ key }) => key);
    return { asked, keys, isSatisfied: (cosigners) => policy.isSatisfied(cosigners) };
  } catch (error) {
    if (error instanceof LedgerError) throw new ConfigError(`ARDOISE_LEDGER_POLICY, ${path}: ${error.message}`);
    throw error;
  }
}

function checkAddress(name: string, url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new ConfigError(`ARDOISE_LEDGER_POLICY: the address of the witness ${name} is no http or https address`);
}

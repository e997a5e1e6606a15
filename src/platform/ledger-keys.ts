import type { Config } from '@ardoise/config';
import {
  FileLedgerKeys,
  FilePrivateKeys,
  type LedgerKeys,
  MovedPrivateKeys,
  Pkcs11PrivateKeys,
  type PrivateKeys,
} from '@ardoise/signing';
import type { Steps } from '@ardoise/steps';
import type { Clock } from '@ardoise/time';

export interface LedgerKeysNeeds {
  readonly config: Pick<Config, 'keysFolder' | 'ledgerKey'>;
  readonly clock: Clock;
  readonly steps: Steps;
  /** Whether no tree was ever begun: later, a key that is not there was lost, and trees were signed with it. */
  readonly create: boolean;
}

/** The keys that sign checkpoints. @throws SigningError */
export function openLedgerKeys({ config, ...others }: LedgerKeysNeeds): Promise<FileLedgerKeys> {
  return FileLedgerKeys.open({ folder: config.keysFolder, privateKeys: privateKeysOf(config), ...others });
}

/** Keys of a file are used to the end of their overlap where a token makes them now. */
function privateKeysOf({ keysFolder, ledgerKey }: LedgerKeysNeeds['config']): PrivateKeys {
  const files = new FilePrivateKeys(keysFolder);
  return ledgerKey.kind === 'file' ? files : new MovedPrivateKeys(new Pkcs11PrivateKeys(ledgerKey), files);
}

/** What the names of new trees begin with: as configured, or after the first key of the ledger. */
export async function originBaseOf({ ledgerOrigin }: Pick<Config, 'ledgerOrigin'>, keys: LedgerKeys): Promise<string> {
  if (ledgerOrigin !== undefined) return ledgerOrigin;
  const [first] = await keys.published();
  if (first) return `ardoise.internal/${first.id}`;
  throw new RangeError('a ledger without any key has no name');
}

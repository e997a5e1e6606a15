import type { Config } from '@ardoise/config';
import { FileLedgerKeys, type LedgerKeys } from '@ardoise/signing';
import type { Steps } from '@ardoise/steps';
import type { Clock } from '@ardoise/time';

export interface LedgerKeysNeeds {
  readonly config: Config;
  readonly clock: Clock;
  readonly steps: Steps;
  /** Whether no tree was ever begun: later, a key that is not there was lost, and trees were signed with it. */
  readonly create: boolean;
}

/** The keys that sign checkpoints. @throws SigningError */
export function openLedgerKeys({ config, ...others }: LedgerKeysNeeds): Promise<FileLedgerKeys> {
  return FileLedgerKeys.open({ folder: config.keysFolder, ...others });
}

/** What the names of new trees begin with: as configured, or after the first key of the ledger. */
export async function originBaseOf({ ledgerOrigin }: Config, keys: LedgerKeys): Promise<string> {
  if (ledgerOrigin !== undefined) return ledgerOrigin;
  const [first] = await keys.published();
  if (first) return `ardoise.internal/${first.id}`;
  throw new RangeError('a ledger without any key has no name');
}

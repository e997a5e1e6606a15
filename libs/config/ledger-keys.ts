import { choice, type Environment } from './environment';
import { type Pkcs11Config, pkcs11Of } from './key-encryption';

/** Where the keys that sign checkpoints of the ledger are made. A pin is in here: it is never logged. */
export type LedgerKeyConfig = { readonly kind: 'file' } | Pkcs11Config;

/** @throws ConfigError */
export function ledgerKeyOf(environment: Environment): LedgerKeyConfig {
  const kind = choice(environment, 'ARDOISE_LEDGER_KEY', ['file', 'pkcs11'], 'file');
  return kind === 'file' ? { kind } : pkcs11Of(environment, `ARDOISE_LEDGER_KEY=${kind}`);
}

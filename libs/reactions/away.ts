import { EventStoreRefusedError, EventStoreUnavailableError } from '@ardoise/event-store';
import { isUnavailable } from '@ardoise/postgres';
import { UpgradeUnderWayError } from '@ardoise/sealing';
import { VaultError } from '@ardoise/vault';

/** Whether something that is needed does not answer now: to be tried again, however often. */
export function isAway(error: unknown): boolean {
  if (error instanceof EventStoreUnavailableError || isUnavailable(error)) return true;
  // It can be recorded as soon as every server is upgraded.
  if (error instanceof UpgradeUnderWayError) return true;
  // The engine's rights, or the holder of the keys: somebody will mend it, for all at once.
  if (error instanceof EventStoreRefusedError) return true;
  return error instanceof VaultError && ['vault-unavailable', 'key-encryption-failed'].includes(error.code);
}

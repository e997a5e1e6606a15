import type { EventStore } from '@ardoise/event-store';
import { randomBytes, readHeader } from '@ardoise/format';
import { type KeyEncryption, type UnitReference, type Upkeep, VaultError } from '@ardoise/vault';

export interface KeysLookedFor {
  /** Named by the log, and the vault has no key of them that opens, nor a record that they ended. */
  readonly lost: readonly UnitReference[];
  /** On record as destroyed, and their bytes are there again. */
  readonly returned: readonly UnitReference[];
  /** Altered: each stays an alarm, for somebody to look into. */
  readonly altered: number;
}

export interface LookOptions {
  readonly organisation: string;
  /** The last position to look at. */
  readonly through: bigint;
  /** Units that are about to be destroyed anyway. */
  readonly except: ReadonlySet<string>;
  readonly onProgress?: (done: number, total: number) => void;
}

const keyless = 'key-encryption-failed';
const eventsAtOnce = 1_000;
/** Units that were found well and are not asked for again; beyond that, the memory of them begins anew. */
const remembered = 200_000;

/** What is asked. */
export interface KeysAsked {
  readonly store: Pick<EventStore, 'readLog'>;
  readonly upkeep: Pick<Upkeep, 'examine'>;
  readonly keyEncryption: Pick<KeyEncryption, 'wrap' | 'unwrap'>;
}

/**
 * Goes through the log's headers, batch by batch, and asks the vault for every unit that they name.
 * @throws VaultError `key-encryption-failed` while no key-encryption key can be used: that is no loss
 */
export async function* lookForKeys(
  { store, upkeep, keyEncryption }: KeysAsked,
  { organisation, through, except, onProgress }: LookOptions,
): AsyncGenerator<KeysLookedFor> {
  const seen = new Set<string>();
  for (let after = 0n; after < through;) {
    const stored = await store.readLog(organisation, after, eventsAtOnce);
    if (stored.length === 0) return;
    const units = new Map<string, UnitReference>();
    for (const { header } of stored) {
      for (const { unit, fingerprint, day } of readHeader(header).sections) {
        if (!seen.has(unit) && !except.has(unit)) units.set(unit, { unit, fingerprint, ...(day ? { day } : {}) });
      }
    }
    if (seen.size > remembered) seen.clear();
    for (const unit of units.keys()) seen.add(unit);
    after = stored.at(-1)?.position ?? through;
    onProgress?.(Number(after), Number(through));
    if (units.size === 0) continue;
    const found = await upkeep.examine(organisation, [...units.values()]);
    const failed = [...units.values()].filter(({ unit }) => found.get(unit) === keyless);
    if (failed.length > 0) {
      // A token or a service that was away for a moment says the same of every key as one that has lost it.
      await mustWork(keyEncryption);
      for (const [unit, state] of await upkeep.examine(organisation, failed)) found.set(unit, state);
      await mustWork(keyEncryption);
    }
    yield sorted(units, found);
  }
}

/** @throws VaultError `key-encryption-failed` */
async function mustWork(keyEncryption: KeysAsked['keyEncryption']): Promise<void> {
  const [key, context] = [randomBytes(32), Buffer.from('ardoise/recover/probe')];
  const { kek, wrapped } = await keyEncryption.wrap(key, context);
  if ((await keyEncryption.unwrap(kek, wrapped, context)).equals(key)) return;
  throw new VaultError(keyless, 'the key-encryption key gives back another key than it was given');
}

function sorted(units: ReadonlyMap<string, UnitReference>, found: ReadonlyMap<string, string>): KeysLookedFor {
  const of = (...states: string[]): UnitReference[] =>
    [...units.values()].filter(({ unit }) => states.includes(found.get(unit) ?? ''));
  const away = of('vault-unavailable');
  if (away.length > 0) throw new Error('the vault could not be asked for all units; run the command again');
  return {
    // A key-encryption key works, and theirs does not: it is gone.
    lost: of('missing', 'unknown', 'key-gone', keyless),
    returned: of('key-returned'),
    altered: of('key-tampered').length,
  };
}

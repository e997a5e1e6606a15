import type { EventStore } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import type { UnitReference, Upkeep } from '@ardoise/vault';

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

const eventsAtOnce = 1_000;
/** Units that were found well and are not asked for again; beyond that, the memory of them begins anew. */
const remembered = 200_000;

/** Goes through the log's headers, batch by batch, and asks the vault for every unit that they name. */
export async function* lookForKeys(
  store: EventStore,
  upkeep: Pick<Upkeep, 'examine'>,
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
    if (units.size > 0) yield sorted(units, await upkeep.examine(organisation, [...units.values()]));
  }
}

function sorted(units: ReadonlyMap<string, UnitReference>, found: ReadonlyMap<string, string>): KeysLookedFor {
  const of = (...states: string[]): UnitReference[] =>
    [...units.values()].filter(({ unit }) => states.includes(found.get(unit) ?? ''));
  const away = of('vault-unavailable');
  if (away.length > 0) throw new Error('the vault could not be asked for all units; run the command again');
  return {
    // The key-encryption key itself works, or the organisation's own names could not have been opened before.
    lost: of('missing', 'unknown', 'key-gone', 'key-encryption-failed'),
    returned: of('key-returned'),
    altered: of('key-tampered').length,
  };
}

import type { GroupKeys } from './groups';
import type { Reading } from './lease';
import type { UnitCache } from './unit-cache';
import { identityOf, type LivingRow, type UnitRow } from './unit-row';
import { type GroupState, type UnitKey, VaultError } from './vault';
import { checkFingerprint, returned, unitKeyContext, unwrapKey } from './wrapping';

/**
 * Whether a row's unit may seal: one that is kept may, one that is fenced may not.
 */
export function isSealing(row: UnitRow): row is LivingRow {
  return (row.state === 'active' || row.state === 'held') && takesUnits(row.group_state);
}

/**
 * Whether a row's unit may open. A fenced one still does: what the person holds is let go of, and projections come up
 * to the event that ends it, before its key is destroyed; only the destroyed one reads as erased.
 */
export function isOpening(row: UnitRow): row is LivingRow {
  return (row.state === 'active' || row.state === 'held' || row.state === 'fenced') && row.group_state !== 'destroyed';
}

/** A group of an epoch that has passed still seals, until its units are rewrapped. */
function takesUnits(state: GroupState): boolean {
  return state === 'active' || state === 'retired';
}

/** Opens the keys of usable rows and keeps them under the lease. */
export class Unwrapping {
  constructor(
    private readonly groups: GroupKeys,
    private readonly cache: UnitCache,
  ) {}

  /** When a load begins: keys that are dropped while it runs are not kept. */
  get generation(): number {
    return this.cache.generation;
  }

  /** One outcome for each row, in order; `undefined` when the group ended meanwhile. */
  async unwrap(
    rows: readonly LivingRow[],
    since: Reading,
    generation: number,
  ): Promise<(UnitKey | VaultError | undefined)[]> {
    const groups = await this.groups.load(
      rows.map((row) => row.group_id),
      since,
    );
    return rows.map((row) => {
      const group = groups.get(row.group_id);
      if (group === undefined || group instanceof VaultError) return group;
      const key = openRow(row, group);
      if (!(key instanceof VaultError)) this.keep(row.organisation, key, row, since, generation, isSealing(row));
      return key;
    });
  }

  keep(
    organisation: string,
    key: UnitKey,
    identity: { readonly stream: string; readonly part?: string },
    since: Reading,
    generation: number,
    sealing = true,
  ): void {
    const { person, category } = key;
    const { stream, part } = identity;
    const name = sealing ? identityOf(organisation, { person, category, stream, part }) : undefined;
    this.cache.put(organisation, name, key, since, generation);
  }
}

function openRow(row: LivingRow, group: Buffer): UnitKey | VaultError {
  if (row.on_record) return returned(`unit ${row.unit}`);
  try {
    const what = `unit ${row.unit}`;
    const fingerprint = row.fingerprint.toString('hex');
    const key = unwrapKey(group, row.wrapped, unitKeyContext(row.organisation, row.group_id, row.unit), what);
    checkFingerprint(key, row.unit, fingerprint, what);
    return unitKey(row.unit, fingerprint, key, row.person, row.category, row.day ?? undefined);
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}

export function unitKey(
  unit: string,
  fingerprint: string,
  key: Buffer,
  person: string,
  category: string,
  day: string | undefined,
): UnitKey {
  return day === undefined
    ? { unit, fingerprint, category, person, key }
    : { unit, fingerprint, category, person, key, day };
}

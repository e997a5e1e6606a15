import type { GroupReference } from '@ardoise/vault';
import type { KeyringEntry } from '../keyring';
import type { EndedKey } from './signed-receipt';

/** What the log says of groups that end together. */
export interface EndedGroups {
  /** As the events name them: one to be destroyed by each. */
  readonly parts: readonly { readonly event: string; readonly groups: readonly GroupReference[] }[];
  readonly keys: readonly EndedKey[];
  /** Of the last of the events; absent where nothing was to be ended. */
  readonly position?: bigint;
}

export function endedGroupsOf(entries: readonly KeyringEntry[]): EndedGroups {
  const parts = entries.flatMap(({ event }) =>
    event.type === 'groups-ended' ? [{ event: event.id, groups: event.facts.groups }] : [],
  );
  const keys = parts.flatMap(({ event, groups }) => groups.map((group) => ({ ...group, event })));
  const position = entries.at(-1)?.position;
  return { parts, keys, ...(position === undefined ? {} : { position }) };
}

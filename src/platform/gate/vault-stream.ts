import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { isDay, isDigest, isId, readHeader, singleStream, type Header } from '@ardoise/format';
import type { GroupReference, UnitReference } from '@ardoise/vault';

/** What an event of the organisation's vault stream says of keys. Read from its header, as the projections read it. */
export type Named =
  | ({ readonly kind: 'units'; readonly cause: string; readonly units: readonly UnitReference[] } & Place)
  | ({ readonly kind: 'groups'; readonly cause: string; readonly groups: readonly GroupReference[] } & Place)
  | ({ readonly kind: 'lost'; readonly units: readonly UnitReference[] } & Place)
  | ({ readonly kind: 'gap'; readonly facts: Header['facts'] } & Place);

interface Place {
  /** Id of the event. */
  readonly event: string;
  readonly position: bigint;
}

export interface VaultStream {
  /** Count of the stream's events. */
  readonly length: number;
  readonly named: readonly Named[];
}

/** An event of the vault stream that is not as it must be: what it ended cannot be told. */
export class VaultStreamError extends Error {
  override readonly name = 'VaultStreamError';
  readonly code = 'vault-stream-malformed';
}

export const vaultStream = singleStream('vault');

/** The organisation's vault stream from a version on; `length` is that of the whole, 0 where it is shorter. */
export async function readVaultStream(store: EventStore, organisation: string, from = 0): Promise<VaultStream> {
  const stored = await store.readStream(organisation, vaultStream, Math.max(0, from - 1));
  const named = stored.filter(({ version }) => version >= from).flatMap((event) => namedIn(organisation, event));
  return { length: (stored.at(-1)?.version ?? -1) + 1, named };
}

function namedIn(organisation: string, { header: bytes, position }: StoredEvent): Named[] {
  const header = readHeader(bytes);
  const { id, type, facts } = header;
  if (header.organisation !== organisation || header.stream !== vaultStream) throw malformed(id, 'names another place');
  const place = { event: id, position };
  const cause = typeof facts.cause === 'string' ? facts.cause : '';
  switch (type) {
    case 'keys-fenced':
      return [{ kind: 'units', cause, units: unitsIn(header), ...place }];
    case 'keys-lost':
      return [{ kind: 'lost', units: unitsIn(header), ...place }];
    case 'groups-ended':
      return [{ kind: 'groups', cause, groups: groupsIn(header), ...place }];
    case 'gap-recorded':
      return [{ kind: 'gap', facts, ...place }];
    default:
      return [];
  }
}

function unitsIn({ id, facts }: Header): UnitReference[] {
  if (!Array.isArray(facts.units)) throw malformed(id, 'names no units');
  return facts.units.map((entry: unknown) => {
    const [unit, fingerprint] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (!isId(unit) || !isDigest(fingerprint)) throw malformed(id, 'names something that is no unit');
    return { unit, fingerprint };
  });
}

function groupsIn({ id, facts }: Header): GroupReference[] {
  if (!Array.isArray(facts.groups)) throw malformed(id, 'names no groups');
  return facts.groups.map((entry: unknown) => {
    const { group, fingerprint, epoch, category, day } = (entry ?? {}) as Partial<
      Record<keyof GroupReference, unknown>
    >;
    if (!isId(group) || !isDigest(fingerprint) || !Number.isSafeInteger(epoch)) {
      throw malformed(id, 'names something that is no group');
    }
    const ofDay = typeof category === 'string' && isDay(day);
    return { group, fingerprint, epoch: epoch as number, ...(ofDay ? { category, day } : {}) };
  });
}

function malformed(event: string, what: string): VaultStreamError {
  return new VaultStreamError(`event ${event} of the vault stream ${what}`);
}

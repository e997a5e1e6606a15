import { type EventStore, PositionUnknownError, type StoredEvent, type StoredLeaf } from './event-store';

/**
 * What stands at a position that was remembered; undefined where nothing does: the log is not the one that it was
 * remembered of.
 */
export function eventAt(
  store: Pick<EventStore, 'readLog'>,
  organisation: string,
  position: bigint,
): Promise<StoredEvent | undefined> {
  return at(position, () => store.readLog(organisation, position - 1n, 1));
}

/** The same, of a leaf. */
export function leafAt(
  store: Pick<EventStore, 'readLeaves'>,
  organisation: string,
  position: bigint,
): Promise<StoredLeaf | undefined> {
  return at(position, () => store.readLeaves(organisation, position - 1n, 1));
}

async function at<Item extends { readonly position: bigint }>(
  position: bigint,
  read: () => Promise<readonly Item[]>,
): Promise<Item | undefined> {
  try {
    const [found] = await read();
    return found?.position === position ? found : undefined;
  } catch (error) {
    if (error instanceof PositionUnknownError) return undefined;
    throw error;
  }
}

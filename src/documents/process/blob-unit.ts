import type { EventStore } from '@ardoise/event-store';
import { readHeader, type SectionHeader } from '@ardoise/format';

/** The unit that seals a document's file, as the event that recorded it names it; no key is needed to tell. */
export async function blobUnit(store: EventStore, organisation: string, stream: string): Promise<SectionHeader> {
  const [recorded] = await store.readStream(organisation, stream);
  const section = recorded && readHeader(recorded.header).sections[0];
  if (!section) throw new Error('the event of a document is not where it was read');
  return section;
}

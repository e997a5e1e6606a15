import type { StoredEvent } from '@ardoise/event-store';
import { TamperedEventError, type AnyOpened, type Opener } from '@ardoise/sealing';
import { VaultError } from '@ardoise/vault';

/** An event that does not open as it should, and why: a code, nothing personal. */
export interface Unreadable {
  readonly position: bigint;
  readonly reason: string;
}

/** Opens events; those that were tampered with are told apart, and do not take their neighbours with them. */
export async function openEach(
  opener: Opener,
  organisation: string,
  events: readonly StoredEvent[],
  wanted?: ReadonlySet<string>,
): Promise<(AnyOpened | Unreadable)[]> {
  try {
    return await opener.open(organisation, events, wanted);
  } catch (error) {
    if (reasonOf(error) === undefined) throw error;
  }
  const all: (AnyOpened | Unreadable)[] = [];
  for (const event of events) {
    try {
      all.push(...(await opener.open(organisation, [event], wanted)));
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      all.push({ position: event.position, reason });
    }
  }
  return all;
}

/** Of what concerns one event; a database that is away concerns all, and is no property of an event. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof TamperedEventError) return `${error.code}: ${error.reason}`;
  const ofUnit = ['key-tampered', 'key-returned', 'key-gone'];
  return error instanceof VaultError && ofUnit.includes(error.code) ? error.code : undefined;
}

import { LogTamperedError, type StoredEvent } from '@ardoise/event-store';
import { isStreamId } from '@ardoise/format';
import type { Connection } from './connection';
import type { Places } from './places';
import { type Recorded, readStream } from './reading';
import {
  eventType,
  movedType,
  prefixOf,
  readMovedRecord,
  readRecord,
  RecordMalformedError,
  settingsPrefixOf,
} from './record';

/** A stored event with its command, which the port does not give. */
export interface StoredWithCommand {
  readonly stored: StoredEvent;
  readonly command: Buffer;
}

/** @throws LogTamperedError for what stands in a stream of ours and is none of our events */
export function storedOf(organisation: string, recorded: Recorded, position: bigint): StoredWithCommand {
  const stream = recorded.stream.slice(prefixOf(organisation).length);
  const tampered = (reason: string): LogTamperedError => new LogTamperedError(organisation, stream, reason);
  if (recorded.type === '$streamDeleted') throw tampered('it was deleted');
  const isMoved = recorded.type === movedType;
  if (!isMoved && recorded.type !== eventType) throw tampered(`event ${recorded.revision} is of another make`);
  try {
    const { command, header, sections } = (isMoved ? readMovedRecord : readRecord)(recorded.data);
    return { command, stored: { organisation, position, stream, version: recorded.revision, header, sections } };
  } catch (error) {
    if (!(error instanceof RecordMalformedError)) throw error;
    throw tampered(`event ${recorded.revision} is ${error.message}`);
  }
}

/**
 * What of an organisation's part of `$all` is an event of its log. Streams whose names are none of ours are left alone;
 * settings of ours are looked at.
 * @throws LogTamperedError
 */
export async function logged(
  { connection, places }: { readonly connection: Connection; readonly places: Places },
  organisation: string,
  recorded: Recorded,
): Promise<StoredEvent | undefined> {
  const settings = settingsPrefixOf(organisation);
  if (recorded.stream.startsWith(settings)) {
    await checkSettings(connection, organisation, recorded.stream.slice(settings.length));
    return undefined;
  }
  if (!isStreamId(recorded.stream.slice(prefixOf(organisation).length))) return undefined;
  const [position = 0n] = await places.positions(organisation, [recorded]);
  return storedOf(organisation, recorded, position).stored;
}

/** Settings of a stream that hide events, or let the engine remove them. */
const hiding = ['$maxAge', '$maxCount', '$tb'] as const;

/**
 * Looks at a stream's settings as they are now: once they are put right, the stream can be read again.
 * @throws LogTamperedError where events are hidden or may be removed
 */
export async function checkSettings(connection: Connection, organisation: string, stream: string): Promise<void> {
  if (!isStreamId(stream)) return;
  const name = settingsPrefixOf(organisation) + stream;
  const [last] = (await readStream(connection, name, { backwards: true, count: 1 })).events;
  if (!last) return;
  const found = hiding.filter((setting) => setting in settingsIn(last.data));
  if (found.length > 0) {
    throw new LogTamperedError(organisation, stream, `${found.join(' and ')} is set, so that it loses events`);
  }
}

function settingsIn(data: Uint8Array): object {
  try {
    const settings: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof settings === 'object' && settings !== null ? settings : {};
  } catch {
    return {};
  }
}

import { isId, isStreamId, readHeader } from '@ardoise/format';
import { tileWidth } from '@ardoise/ledger';
import type { Description } from '../verification/description';
import { ContentError } from '../verification/content';
import type { LogReader } from './log-reader';

export interface FoundEvent {
  readonly incarnation: number;
  readonly leaf: number;
  readonly header: Buffer;
}

/**
 * The event that a person names: the number of its leaf (after `incarnation:` where there are several), its stream and
 * version (`stream@version`), or its id.
 * @throws ContentError `event-unnamed`, `event-missing`
 */
export async function findEvent(log: LogReader, { trees }: Description, name: string): Promise<FoundEvent> {
  const [, of, leaf] = /^(?:([1-9]\d{0,8}):)?(\d{1,15})$/.exec(name) ?? [];
  if (leaf !== undefined) {
    const incarnation = of === undefined ? trees.length : Number(of);
    return { incarnation, leaf: Number(leaf), header: await log.entry(incarnation, Number(leaf)) };
  }
  const [stream, version] = name.split('@');
  const marks = isId(name) ? [`"id":"${name}"`] : inStream(stream, version);
  if (!marks) {
    throw new ContentError('event-unnamed', 'an event is named by the number of its leaf, stream@version, or its id');
  }
  for (const { incarnation, size } of trees) {
    for (let index = 0; index * tileWidth < size; index++) {
      const entries = await log.freshEntries(incarnation, index);
      const at = entries.findIndex((entry) => marks.every((mark) => entry.includes(mark)) && isNamed(entry, name));
      if (at >= 0) return { incarnation, leaf: index * tileWidth + at, header: entries[at] as Buffer };
    }
  }
  throw new ContentError('event-missing', 'the ledger has no such event');
}

function inStream(stream: string | undefined, version: string | undefined): string[] | undefined {
  if (!isStreamId(stream) || version === undefined || !/^(0|[1-9]\d{0,15})$/.test(version)) return undefined;
  return [`"stream":"${stream}"`, `"version":${version}}`];
}

/** What was found by its bytes can stand in the facts of another event. */
function isNamed(entry: Buffer, name: string): boolean {
  try {
    const { id, stream, version } = readHeader(entry);
    return id === name || `${stream}@${version}` === name;
  } catch {
    return false;
  }
}

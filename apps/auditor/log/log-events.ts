import { readHeader, type Header } from '@ardoise/format';
import { tileWidth } from '@ardoise/ledger';
import type { Description } from '../verification/description';
import type { LogReader } from './log-reader';

export interface LoggedEvent {
  readonly incarnation: number;
  readonly leaf: number;
  readonly header: Header;
}

export interface LogRange {
  /** Only the first leaves of the newest incarnation, as a checkpoint had them. */
  readonly size?: number;
  /** RFC 3339: only what was recorded by then. */
  readonly asOf?: string;
}

/** All events of the log in its order. @throws FormatError for one that is not as the format has it */
export async function* eventsOf(
  log: LogReader,
  { trees }: Description,
  { size, asOf }: LogRange = {},
): AsyncGenerator<LoggedEvent> {
  const moment = asOf === undefined ? Infinity : Date.parse(asOf);
  for (const tree of trees) {
    const end = tree.incarnation === trees.length ? Math.min(tree.size, size ?? tree.size) : tree.size;
    for (let from = 0; from < end; from += tileWidth) {
      const entries = await log.freshEntries(tree.incarnation, from / tileWidth);
      for (const [at, entry] of entries.slice(0, end - from).entries()) {
        const header = readHeader(entry);
        if (Date.parse(header.recordedAt) <= moment) yield { incarnation: tree.incarnation, leaf: from + at, header };
      }
    }
  }
}

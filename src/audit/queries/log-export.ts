import { Inject, Injectable } from '@nestjs/common';
import { eventAt, type EventStore, type StoredEvent } from '@ardoise/event-store';
import { sha256 } from '@ardoise/format';
import { LongReaders } from '@ardoise/readers';
import { EVENT_STORE } from '../../platform/tokens';

const atOnce = 1_000;

/** One event of an export: the stored bytes, exactly. */
export interface ExportedEvent {
  readonly position: string;
  /** The canonical header as text: its UTF-8 bytes are the stored ones. */
  readonly header: string;
  /** The framed ciphertexts, base64. */
  readonly sections: string;
}

/** One event of an export of headers. */
export interface ExportedHeader {
  readonly position: string;
  /** The canonical header as text: its UTF-8 bytes are the stored ones. */
  readonly header: string;
  /** SHA-256 of the framed ciphertexts, hexadecimal. */
  readonly sectionsDigest: string;
}

/** An organisation's log as NDJSON: the bytes that are stored, nothing opened, nothing left out. */
@Injectable()
export class LogExport {
  constructor(
    private readonly readers: LongReaders,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Whether lines can go on after a position: the beginning, or one where an event stands. */
  async goesOnAfter(organisation: string, position: bigint): Promise<boolean> {
    return position === 0n || (await eventAt(this.store, organisation, position)) !== undefined;
  }

  /** Lines up to a position, or to the log's end at the call; bounded memory. */
  lines(organisation: string, after = 0n, upTo?: bigint): AsyncGenerator<string> {
    return this.pieces(organisation, after, (event) => JSON.stringify(exported(event)), upTo);
  }

  /** The same without the ciphertexts: of these only their SHA-256, so that the whole log can be looked at anywhere. */
  headers(organisation: string, after = 0n): AsyncGenerator<string> {
    return this.pieces(organisation, after, (event) => JSON.stringify(exportedHeader(event)));
  }

  private pieces(
    organisation: string,
    after: bigint,
    line: (event: StoredEvent) => string,
    upTo?: bigint,
  ): AsyncGenerator<string> {
    return this.readers.reading('export', organisation, () => this.read(organisation, after, line, upTo));
  }

  private async *read(
    organisation: string,
    after: bigint,
    line: (event: StoredEvent) => string,
    upTo?: bigint,
  ): AsyncGenerator<string> {
    const end = upTo ?? (await this.store.head(organisation));
    let position = after;
    while (position < end) {
      const events = await this.store.readLog(organisation, position, atOnce);
      const last = events.at(-1);
      if (!last) return;
      position = last.position;
      yield events
        .filter((event) => event.position <= end)
        .map((event) => line(event) + '\n')
        .join('');
    }
  }
}

function exportedHeader({ position, header, sections }: StoredEvent): ExportedHeader {
  return {
    position: position.toString(),
    header: header.toString('utf8'),
    sectionsDigest: sha256(sections).toString('hex'),
  };
}

function exported(event: StoredEvent): ExportedEvent {
  return {
    position: event.position.toString(),
    header: event.header.toString('utf8'),
    sections: event.sections.toString('base64'),
  };
}

import { Inject, Injectable } from '@nestjs/common';
import type { EventStore, StoredEvent } from '@ardoise/event-store';
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

/** An organisation's log as NDJSON: the bytes that are stored, nothing opened, nothing left out. */
@Injectable()
export class LogExport {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** Lines up to the log's end at the call; bounded memory. */
  async *lines(organisation: string, after = 0n): AsyncGenerator<string> {
    const end = await this.store.head(organisation);
    let position = after;
    while (position < end) {
      const events = await this.store.readLog(organisation, position, atOnce);
      const last = events.at(-1);
      if (!last) return;
      position = last.position;
      yield events
        .filter((event) => event.position <= end)
        .map((event) => JSON.stringify(exported(event)) + '\n')
        .join('');
    }
  }
}

function exported(event: StoredEvent): ExportedEvent {
  return {
    position: event.position.toString(),
    header: event.header.toString('utf8'),
    sections: event.sections.toString('base64'),
  };
}

import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { readHeader, singleStream } from '@ardoise/format';
import { EVENT_STORE } from '../platform/tokens';
import type { KeyringOpened } from './domain/events';
import { keyring, type KeyringCommand } from './domain/keyring';

/** An event of the keyring, and where it stands in the log. */
export interface KeyringEntry {
  readonly event: KeyringOpened;
  readonly position: bigint;
}

/** Records what becomes of an organisation's keys, before it becomes of them. */
@Injectable()
export class Keyring {
  constructor(
    private readonly recorder: Recorder,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /**
   * Durable when it resolves. Repeated with the same command id it gives the first outcome.
   * @returns one entry for each part, in order; none where there was nothing to record.
   */
  async record(organisation: string, commandId: string, command: KeyringCommand): Promise<KeyringEntry[]> {
    const stream = singleStream(keyring.kind);
    const context = { organisation, commandId, service: 'keys', source: 'system' as const };
    const { events } = await this.recorder.execute(keyring, stream, command, context);
    const [first] = events;
    if (!first) return [];
    const stored = await this.store.readStream(organisation, stream, first.version);
    const positions = new Map(stored.map(({ header, position }) => [readHeader(header).id, position]));
    return events.map((event) => {
      const position = positions.get(event.id);
      if (position === undefined) throw new Error('an event of the keyring is not where it was recorded');
      return { event: event, position };
    });
  }
}

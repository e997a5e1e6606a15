import { Inject, Injectable, Optional } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { readHeader, singleStream } from '@ardoise/format';
import { Anchors } from '../platform/gate/anchors';
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
    /** Absent in a recovery, which writes its anchor at its end. */
    @Optional() private readonly anchors?: Anchors,
  ) {}

  /**
   * Durable when it resolves; the end of groups, which is soon done and is for many at once, also in the anchor. Repeated with the same command id it gives the first outcome.
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
    const entries = events.map((event) => {
      const position = positions.get(event.id);
      if (position === undefined) throw new Error('an event of the keyring is not where it was recorded');
      return { event: event, position };
    });
    const position = entries.at(-1)?.position;
    if (command.type === 'end-groups' && position !== undefined)
      await this.anchors?.witness(organisation, { position });
    return entries;
  }
}

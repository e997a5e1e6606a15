import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { sha256Hex } from '@ardoise/format';
import type { AnyOpened, Opener } from '@ardoise/sealing';
import type { Folded, Snapshots } from '@ardoise/snapshots';
import { formOf } from './decider';
import type { AnyDecider, StreamBeginning } from './staging';

export interface ReadingParts {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly opener: Pick<Opener, 'open'>;
  readonly snapshots?: Snapshots;
}

/** What was read of a stream: its beginning as a state, or nothing of it, and all events after that. */
export interface StreamRead {
  readonly before?: StreamBeginning;
  readonly opened: readonly AnyOpened[];
  /** How many events the stream has. */
  readonly version: number;
  /** Whether the beginning that was not read may hold events of the command. */
  mayHold(command: Buffer): boolean;
  readonly stored: readonly StoredEvent[];
  readonly from?: Folded;
}

/** Reads streams: from their beginning, or from a snapshot on where there is one that fits. */
export class StreamReading {
  constructor(private readonly parts: ReadingParts) {}

  /** From a version on. */
  async after(organisation: string, stream: string, version: number): Promise<StreamRead> {
    const stored = await this.parts.store.readStream(organisation, stream, version);
    const opened = await this.parts.opener.open(organisation, stored);
    return { opened, stored, version: version + stored.length, mayHold: () => false };
  }

  whole(organisation: string, stream: string): Promise<StreamRead> {
    return this.after(organisation, stream, 0);
  }

  /** From the latest state that is kept of it. */
  async latest(decider: AnyDecider, organisation: string, stream: string): Promise<StreamRead> {
    const { snapshots } = this.parts;
    const from = decider.snapshots && (await snapshots?.find(organisation, stream, formOf(decider)));
    if (!from || !decider.snapshots) return this.whole(organisation, stream);
    const [last, ...stored] = await this.parts.store.readStream(organisation, stream, from.events - 1);
    // A log that was put back to an earlier moment does not have this event, or has another in its place.
    if (!last || sha256Hex(last.header) !== from.last) return this.whole(organisation, stream);
    const opened = await this.parts.opener.open(organisation, stored);
    if (!snapshots?.agree(from, opened)) return this.whole(organisation, stream);
    const before = { state: decider.snapshots.read(from.state), version: from.events, recordedAt: from.recordedAt };
    const mayHold = (command: Buffer): boolean => from.commands.mayHold(command.toString('hex'));
    return { before, opened, stored, version: from.events + stored.length, mayHold, from };
  }

  /** Keeps the state that was folded from what was read, where much had to be read for it. */
  keep(decider: AnyDecider, organisation: string, stream: string, read: StreamRead, state: unknown): void {
    const { snapshots } = this.parts;
    if (!snapshots || !decider.snapshots || !snapshots.isDue(read.from, read.stored.length)) return;
    const { from, stored, opened } = read;
    const folded = { state: decider.snapshots.write(state), stored, opened, ...(from ? { from } : {}) };
    snapshots.keep(organisation, stream, formOf(decider), folded);
  }
}

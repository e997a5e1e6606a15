import type { EventStore } from '@ardoise/event-store';
import { sha256Hex } from '@ardoise/format';
import type { Opener } from '@ardoise/sealing';
import {
  agree,
  foldedTo,
  type ReadAfter,
  type RecentState,
  type RecentStates,
  type Snapshots,
} from '@ardoise/snapshots';
import { formOf } from './decider';
import type { AnyDecider, StreamBeginning } from './staging';

export interface ReadingParts {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly opener: Pick<Opener, 'open'>;
  /** States of long streams; without them every stream is read from its beginning. */
  readonly snapshots?: Snapshots;
  /** States that this process folded a moment ago. */
  readonly recent?: RecentStates;
}

/** What was read of a stream: its beginning as a state, or nothing of it, and all events after that. */
export interface StreamRead extends ReadAfter {
  readonly before?: StreamBeginning;
  /** How many events the stream has. */
  readonly version: number;
  /** Whether the beginning that was not read may hold events of the command. */
  mayHold(command: Buffer): boolean;
  /** Keeps the state to which all of it came, so that the next reader has less to read. */
  keep(state: unknown): void;
}

interface Keeping {
  readonly read: StreamRead;
  readonly state: unknown;
  /** How many events the last state had that was kept beside the log. */
  readonly kept: number;
  readonly since: ReturnType<RecentStates['read']> | undefined;
}

/** Reads streams: from their beginning, or from a state on that was kept of them. */
export class StreamReading {
  constructor(private readonly parts: ReadingParts) {}

  /** From a version on. */
  async after(organisation: string, stream: string, version: number): Promise<StreamRead> {
    const stored = await this.parts.store.readStream(organisation, stream, version);
    const opened = await this.parts.opener.open(organisation, stored);
    return { opened, stored, version: version + stored.length, mayHold: () => false, keep: () => undefined };
  }

  whole(organisation: string, stream: string): Promise<StreamRead> {
    return this.after(organisation, stream, 0);
  }

  /** From the latest state that is kept of it. */
  async latest(decider: AnyDecider, organisation: string, stream: string): Promise<StreamRead> {
    const since = this.parts.recent?.read();
    const from = await this.kept(decider, organisation, stream);
    const read = (from && (await this.from(from, organisation, stream))) ?? (await this.whole(organisation, stream));
    // What does not fit the log that is there.
    if (from && !read.from) this.parts.recent?.forget(decider, organisation, stream);
    if (read.stored.length === 0) return read;
    const kept = read.from ? (from?.kept ?? 0) : 0;
    return { ...read, keep: (state) => this.keep(decider, organisation, stream, { read, state, kept, since }) };
  }

  private async kept(decider: AnyDecider, organisation: string, stream: string): Promise<RecentState | undefined> {
    const recent = await this.parts.recent?.find(decider, organisation, stream);
    if (recent || !decider.snapshots) return recent;
    const found = await this.parts.snapshots?.find(organisation, stream, formOf(decider));
    return found && { folded: { ...found, state: decider.snapshots.read(found.state) }, kept: found.events };
  }

  private async from({ folded }: RecentState, organisation: string, stream: string): Promise<StreamRead | undefined> {
    const [last, ...stored] = await this.parts.store.readStream(organisation, stream, folded.events - 1);
    // A log that was put back to an earlier moment does not have this event, or has another in its place.
    if (!last || sha256Hex(last.header) !== folded.last) return undefined;
    const opened = await this.parts.opener.open(organisation, stored);
    if (!agree(folded, opened)) return undefined;
    return {
      before: { state: folded.state, version: folded.events, recordedAt: folded.recordedAt },
      opened,
      stored,
      version: folded.events + stored.length,
      mayHold: (command) => folded.commands.mayHold(command.toString('hex')),
      keep: () => undefined,
      from: folded,
    };
  }

  /** In memory; of a long stream beside the log too, for others. */
  private keep(decider: AnyDecider, organisation: string, stream: string, { read, state, kept, since }: Keeping): void {
    const { snapshots, recent } = this.parts;
    const due = decider.snapshots && snapshots?.isDue(kept, read.version);
    // What rules come to that need no state is not asked for again.
    if (!due && (!recent || decider.stateless)) return;
    const folded = foldedTo(state, read);
    if (decider.snapshots && due) {
      snapshots?.keep(organisation, stream, formOf(decider), { ...folded, state: decider.snapshots.write(state) });
    }
    if (since && !decider.stateless)
      recent?.keep(decider, organisation, stream, { folded, kept: due ? folded.events : kept }, since);
  }
}

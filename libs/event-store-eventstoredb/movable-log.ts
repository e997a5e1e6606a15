import {
  type EventStore,
  type MovableLog,
  type Placement,
  PlacementRefusedError,
  type StoredEvent,
} from '@ardoise/event-store';
import { commandOf } from '@ardoise/format';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Appending, ProposedEvent } from './appending';
import type { Connection } from './connection';
import { isStreamDeleted, translated, WrongExpectedVersionError } from './errors';
import type { Moves } from './moves';
import { settling } from './moves';
import type { Organisations } from './organisations';
import type { Place, Places } from './places';
import { readStream } from './reading';
import { movedType, nameOf, type Point, pointsOf, pointType, writeMovedRecord, writePoint } from './record';
import type { Tails } from './tails';

/** At most so many events lie between two points: what is read for nothing when one of them is looked for. */
export const betweenPoints = 1_000;
/**
 * How many appends of an organisation are on their way at once. What ends a connection, a node or a leader cuts off the end of
 * what was sent, never something in the middle of it.
 */
const window = 16;
/** Most bytes in one append: the engine takes 1 MiB unless told otherwise, and counts the names too. */
const runLimit = 960 * 1024;

export interface MovableLogParts {
  readonly store: EventStore;
  readonly connection: Connection;
  readonly appending: Appending;
  readonly places: Places;
  readonly moves: Moves;
  readonly inhabitants: Organisations;
  readonly tails: Tails;
}

/**
 * The log on EventStoreDB as something that is filled. The engine has no transaction over streams: the order of the whole log
 * is that in which appends are sent, each of as many events as follow each other in one stream.
 */
export class EventStoreDBMovableLog implements MovableLog {
  readonly engine = 'EventStoreDB';
  constructor(private readonly parts: MovableLogParts) {}

  get store(): EventStore {
    return this.parts.store;
  }

  isClosed(): Promise<boolean> {
    return told(() => this.parts.moves.isClosed());
  }

  async close(): Promise<void> {
    await told(() => this.parts.moves.set('closed'));
    const isUsed = (await this.store.organisations()).length > 0;
    if (isUsed) await delay(settling);
  }

  /** Where an organisation's last event was moved here, what follows is counted from it. */
  async open(): Promise<void> {
    for (const organisation of await this.store.organisations()) {
      await told(async () => {
        const last = await this.parts.tails.last(organisation);
        if (last && (await this.mustCountFrom(organisation, last))) await this.point(organisation, 'counted', last);
      });
    }
    await told(() => this.parts.moves.set('open'));
  }

  async place({ organisation, after, events }: Placement): Promise<void> {
    await told(async () => {
      await this.parts.inhabitants.enter(organisation);
      let last = (await this.parts.tails.last(organisation)) ?? { commit: 0n, position: 0n };
      if (last.position !== after) {
        throw new PlacementRefusedError(`${organisation} does not end at ${after} in EventStoreDB`);
      }
      for (const runs of partsOf(events)) {
        await this.point(organisation, 'moved', last);
        last = await this.placeRuns(organisation, runs);
        this.parts.tails.saw(organisation, last);
      }
    });
  }

  /** A few on their way at once: over one call, the engine writes in the order in which it is sent to. */
  private async placeRuns(organisation: string, runs: readonly (readonly StoredEvent[])[]): Promise<Place> {
    const underWay: Promise<Place>[] = [];
    let last: Place | undefined;
    const answered = async (): Promise<void> => {
      const place = await underWay.shift();
      if (!place || (last && place.commit <= last.commit)) throw orderLost(organisation);
      last = place;
    };
    try {
      for (const run of runs) {
        if (underWay.length === window) await answered();
        underWay.push(this.placeRun(organisation, run));
      }
      while (underWay.length > 0) await answered();
    } finally {
      // One that failed is told of; those behind it must have ended before anything else is done.
      await Promise.allSettled(underWay);
    }
    if (!last) throw new Error('nothing to place');
    return last;
  }

  private async placeRun(organisation: string, run: readonly StoredEvent[]): Promise<Place> {
    const [first, last] = [run[0]!, run.at(-1)!];
    const stream = nameOf(organisation, first.stream);
    try {
      const events = run.map(proposed);
      const { commit } = await this.parts.appending.append({ stream, expectedVersion: first.version, events });
      return { commit, position: last.position };
    } catch (error) {
      if (!(error instanceof WrongExpectedVersionError) && !isStreamDeleted(error)) throw error;
      throw new PlacementRefusedError(
        `stream ${first.stream} of ${organisation} has not ${first.version} events in EventStoreDB`,
      );
    }
  }

  /** Whether positions behind an event cannot be told from it yet. */
  private async mustCountFrom(organisation: string, last: Place): Promise<boolean> {
    const stream = pointsOf(organisation);
    const [newest] = (await readStream(this.parts.connection, stream, { backwards: true, count: 1 })).events;
    if (!newest) return false;
    this.parts.places.doubt();
    return (await this.parts.places.counted(organisation, last.commit)) !== last.position;
  }

  private async point(organisation: string, follows: Point['follows'], { position, commit }: Place): Promise<void> {
    const events = [{ id: randomUUID(), type: pointType, data: writePoint({ follows, position, commit }) }];
    await this.parts.appending.append({ stream: pointsOf(organisation), expectedVersion: undefined, events });
    this.parts.places.doubt();
  }
}

function orderLost(organisation: string): PlacementRefusedError {
  return new PlacementRefusedError(
    `EventStoreDB wrote events of ${organisation} in another order than it was sent them; begin again on an empty one`,
  );
}

/** Runs, as many at once as lie between two points. */
function* partsOf(events: readonly StoredEvent[]): Generator<StoredEvent[][]> {
  let runs: StoredEvent[][] = [];
  let count = 0;
  for (const run of runsOf(events)) {
    if (count > 0 && count + run.length > betweenPoints) {
      yield runs;
      [runs, count] = [[], 0];
    }
    runs.push(run);
    count += run.length;
  }
  if (runs.length > 0) yield runs;
}

/** Events that follow each other in one stream go together. */
function* runsOf(events: readonly StoredEvent[]): Generator<StoredEvent[]> {
  let run: StoredEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = event.header.length + event.sections.length + 200;
    const goesOn = run[0]?.stream === event.stream && bytes + size <= runLimit && run.length < betweenPoints;
    if (run.length > 0 && !goesOn) {
      yield run;
      [run, bytes] = [[], 0];
    }
    run.push(event);
    bytes += size;
  }
  if (run.length > 0) yield run;
}

function proposed({ position, header, sections }: StoredEvent): ProposedEvent {
  const data = writeMovedRecord(position, { command: commandOf(header), header, sections });
  return { id: randomUUID(), type: movedType, data };
}

async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof PlacementRefusedError ? error : translated(error);
  }
}

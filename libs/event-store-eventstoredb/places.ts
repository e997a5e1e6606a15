import { EventStoreUnavailableError } from '@ardoise/event-store';
import type { Connection } from './connection';
import { readStream, type Recorded } from './reading';
import { eventType, movedPosition, movedType, type Point, pointsOf, pointType, readPoint } from './record';

/** Where an event stands: by the engine, and by the port. */
export interface Place {
  readonly commit: bigint;
  readonly position: bigint;
}

/** Where reading begins, that one included; `isExact` where what comes after the position comes right behind. */
export interface Beginning {
  readonly commit: bigint;
  readonly isExact: boolean;
}

/** An organisation that was never moved here: positions are counted from the log's beginning. */
const untouched: Point = { follows: 'counted', position: 0n, commit: 0n };
/** Events that were moved here are found again from what was read last; beyond that, from the point before them. */
const remembered = 256;

interface Known {
  readonly points: readonly Point[];
  /** Others may have been added. */
  isOld: boolean;
  /** Commit position of the furthest moved event that was seen. */
  moved: bigint;
  /** Commit positions of moved events that readers stopped at. */
  readonly stops: Map<bigint, bigint>;
}

/**
 * Positions of the port, by the engine's commit positions (bytes from the log's beginning, growing, one to each event).
 *
 * An event that was written here is counted: its position is that of a point, and twice the bytes from there. The engine
 * reads from the beginning of an event only, and a caller may ask for what comes after any number, such as one less than a
 * position to read that event itself: half of the difference, rounded up, is then where an event begins.
 *
 * An event that was moved here bears its position. Where one lies is found from the points that the copy left on its way.
 */
export class Places {
  private readonly known = new Map<string, Known>();

  constructor(private readonly connection: Connection) {}

  /** Positions of events as the engine gives them, in order; 0n for what is none of ours. */
  async positions(organisation: string, events: readonly Recorded[]): Promise<bigint[]> {
    let known = await this.of(organisation);
    const positions: bigint[] = [];
    for (const event of events) {
      if (event.type === movedType) {
        if (event.commit > known.moved) known.moved = event.commit;
        positions.push(movedPosition(event.data));
      } else if (event.type === eventType) {
        if (isBehindUnended(known, event.commit)) known = await this.learn(organisation);
        positions.push(counted(known, event.commit));
      } else positions.push(0n);
    }
    return positions;
  }

  async place(organisation: string, event: Recorded): Promise<Place> {
    const [position = 0n] = await this.positions(organisation, [event]);
    return { commit: event.commit, position };
  }

  /** Position of an event that is written here at a commit position. */
  async counted(organisation: string, commit: bigint): Promise<bigint> {
    return counted(await this.of(organisation), commit);
  }

  /** Where reading begins that is to give what comes after a position. */
  async beginning(organisation: string, after: bigint): Promise<Beginning> {
    const known = await this.of(organisation);
    const stop = known.stops.get(after);
    if (stop !== undefined) return { commit: stop, isExact: true };
    const point = known.points.findLast(({ position }) => position <= after) ?? untouched;
    if (point.follows === 'moved') return { commit: point.commit, isExact: point.position === after };
    return { commit: point.commit + (after - point.position + 1n) / 2n, isExact: true };
  }

  /** Commit position of the last event before a place that readers stopped at; 0n where none did. */
  async before(organisation: string, commit: bigint): Promise<bigint> {
    const { stops } = await this.of(organisation);
    return [...stops.values()].reduce((last, stop) => (stop < commit && stop > last ? stop : last), 0n);
  }

  /** A reader goes on from here. */
  stoppedAt(organisation: string, { position, commit }: Place): void {
    const stops = this.known.get(organisation)?.stops;
    if (!stops) return;
    stops.delete(position);
    stops.set(position, commit);
    const [oldest] = stops.keys();
    if (stops.size > remembered && oldest !== undefined) stops.delete(oldest);
  }

  /** What was learned of points may be old: it is learned again when it is asked for. */
  doubt(): void {
    for (const known of this.known.values()) known.isOld = true;
  }

  private async of(organisation: string): Promise<Known> {
    const known = this.known.get(organisation);
    return known && !known.isOld ? known : this.learn(organisation);
  }

  private async learn(organisation: string): Promise<Known> {
    const { events } = await readStream(this.connection, pointsOf(organisation));
    const points = events.filter(({ type }) => type === pointType).map(({ data }) => readPoint(data));
    const before = this.known.get(organisation);
    const [moved, stops] = [before?.moved ?? 0n, before?.stops ?? new Map<bigint, bigint>()];
    const known = { points: [untouched, ...points], isOld: false, moved, stops };
    this.known.set(organisation, known);
    return known;
  }
}

function counted(known: Known, commit: bigint): bigint {
  const from = countedFrom(known, commit);
  if (isBehindUnended(known, commit)) throw new EventStoreUnavailableError('a copy into this log has not ended');
  return from.position + (commit - from.commit) * 2n;
}

function countedFrom({ points }: Known, commit: bigint): Point {
  return points.findLast((point) => point.follows === 'counted' && point.commit < commit) ?? untouched;
}

/** Whether moved events stand between a place and the last point before it: another copy came meanwhile. */
function isBehindUnended(known: Known, commit: bigint): boolean {
  return known.moved < commit && known.moved > countedFrom(known, commit).commit;
}

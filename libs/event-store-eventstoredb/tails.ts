import type { Connection } from './connection';
import type { Organisations } from './organisations';
import type { Beginning, Place, Places } from './places';
import { type LogRequest, readAll, type Recorded } from './reading';
import { prefixOf } from './record';

interface Tail {
  /** The last event that is known; undefined where none was seen. */
  last: Place | undefined;
  /** Commit position up to which it is known that `last` is the last one. */
  through: bigint;
}

/**
 * Where organisations' logs end. The engine has one log for all: to find the last event of one that rests, all that was
 * written since would be gone through each time. What was gone through once is remembered here.
 */
export class Tails {
  private readonly tails = new Map<string, Tail>();

  constructor(
    private readonly connection: Connection,
    private readonly organisations: Organisations,
    private readonly places: Places,
  ) {}

  /** Where an organisation's last event stands; undefined when it has none. Never older than the call. */
  async last(organisation: string): Promise<Place | undefined> {
    const tail = await this.tail(organisation);
    if (!tail) return undefined;
    const [end] = await this.some({ from: 'end', count: 1, backwards: true });
    if (!end || end.commit <= tail.through) return tail.last;
    const prefixes = [prefixOf(organisation)];
    if (end.stream.startsWith(prefixes[0]!)) {
      return this.found(tail, await this.places.place(organisation, end), end.commit);
    }
    // One event is enough to know that there are any; the last of them is then found from the end, and not beyond here.
    const since = await this.some({ prefixes, from: tail.through, count: 2 });
    if (since.every(({ commit }) => commit <= tail.through)) return this.found(tail, tail.last, end.commit);
    const [last] = await this.some({ prefixes, from: 'end', count: 1, backwards: true });
    const place = last && (await this.places.place(organisation, last));
    return this.found(tail, place, last?.commit ?? tail.through);
  }

  /** Whether an organisation is known to have events, without a look. */
  isKnown(organisation: string): boolean {
    return this.tails.get(organisation)?.last !== undefined;
  }

  /** Commit position of the engine's last event, of whomever it is. */
  async end(): Promise<bigint> {
    const [end] = await this.some({ from: 'end', count: 1, backwards: true });
    return end?.commit ?? 0n;
  }

  /** An event of the organisation stands there; what lies between it and what is known is not told. */
  saw(organisation: string, place: Place): void {
    const tail = this.tails.get(organisation);
    if (!tail) this.tails.set(organisation, { last: place, through: -1n });
    else if (tail.last === undefined || tail.last.commit < place.commit) tail.last = place;
  }

  /** Everything of the organisation between two commit positions was seen; `last` is the last event of it, if any. */
  passed(organisation: string, from: bigint, last: Place | undefined, through: bigint): void {
    const tail = this.tails.get(organisation);
    if (last !== undefined) this.saw(organisation, last);
    if (tail && from <= tail.through && through > tail.through) tail.through = through;
  }

  /**
   * From where on lies what comes after a position: behind what is known to hold nothing of the organisation. Undefined
   * when it has nothing at all.
   */
  async beginning(organisation: string, after: bigint): Promise<Beginning | undefined> {
    const entry = await this.organisations.entry(organisation);
    if (entry === undefined) return undefined;
    const from = await this.places.beginning(organisation, after);
    const tail = this.tails.get(organisation);
    if (tail?.last !== undefined && after >= tail.last.position && tail.through > from.commit) {
      return { commit: tail.through, isExact: true };
    }
    return from.commit > entry ? from : { ...from, commit: entry };
  }

  private async tail(organisation: string): Promise<Tail | undefined> {
    const known = this.tails.get(organisation);
    if (known && known.through >= 0n) return known;
    const entry = await this.organisations.entry(organisation);
    if (entry === undefined) return undefined;
    const tail = this.tails.get(organisation) ?? { last: undefined, through: entry };
    if (tail.through < 0n) tail.through = entry;
    this.tails.set(organisation, tail);
    return tail;
  }

  private found(tail: Tail, last: Place | undefined, through: bigint): Place | undefined {
    if (last !== undefined && (tail.last === undefined || tail.last.commit < last.commit)) tail.last = last;
    if (through > tail.through) tail.through = through;
    return tail.last;
  }

  private some(request: LogRequest): Promise<Recorded[]> {
    return collect(readAll(this.connection, request));
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

import { headerLimit, readHeader } from '@ardoise/format';
import type { LogReader } from '../log/log-reader';
import type { TreeAnnounced } from './description';

export interface Place {
  readonly incarnation: number;
  readonly leaf: number;
  readonly event?: string;
}

/** Events of the log between two incarnations that stand in no tree: an honest recovery says how many there are. */
interface Gap {
  /** Ordinal of the first event of the later incarnation. */
  readonly at: number;
  readonly events: number;
  missing: number;
}

/** Places are told again only for the first things that are wrong: each costs a reading. */
const mostDescribed = 100;

/** Where the event with an ordinal stands: ordinals go on from one incarnation to the next. */
export class Places {
  private readonly gaps: Gap[] = [];
  private described = 0;

  /** @param beginsLate whether earlier events are not here: streams may begin with any version */
  constructor(
    private readonly log: LogReader,
    private readonly trees: readonly TreeAnnounced[],
    readonly beginsLate: boolean,
  ) {}

  ordinalOf(incarnation: number, leaf: number): number {
    return this.trees.slice(0, incarnation - 1).reduce((sum, { size }) => sum + size, 0) + leaf;
  }

  placeOf(ordinal: number): { readonly incarnation: number; readonly leaf: number } {
    let leaf = ordinal;
    for (const { incarnation, size } of this.trees) {
      if (leaf < size) return { incarnation, leaf };
      leaf -= size;
    }
    return { incarnation: this.trees.length, leaf };
  }

  /** The place and the id of the event, as far as it can be read. */
  async describe(ordinal: number): Promise<Place> {
    const place = this.placeOf(ordinal);
    this.described += 1;
    if (this.described > mostDescribed) return place;
    try {
      const bytes = await this.log.entry(place.incarnation, place.leaf);
      return bytes.length > headerLimit ? place : { ...place, event: readHeader(bytes).id };
    } catch {
      return place;
    }
  }

  allowGap(incarnation: number, events: number): void {
    this.gaps.push({ at: this.ordinalOf(incarnation, 0), events, missing: 0 });
  }

  /** Whether versions may be missing between two events of a stream, because they stand in no tree. */
  excuse(last: number, ordinal: number, versions: number): boolean {
    const gap = this.gaps.find(({ at, events, missing }) => last < at && at <= ordinal && missing + versions <= events);
    if (gap) gap.missing += versions;
    return gap !== undefined;
  }
}

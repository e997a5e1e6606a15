import type { BenchStream } from '../payload';
import { callers, type Contestant } from '../rounds';

/** A store of events that is measured: Ardoise's, a peer's, or what lies bare below them. */
export interface Subject {
  readonly name: string;
  /** What it does not do, of all that the others do; shown in the report. */
  readonly leavesOut?: string;
  /** Makes streams with so many events each. */
  streams(count: number, events?: number): Promise<BenchStream[]>;
  /** Appends events in one step at the version that is expected; false, with nothing done, where it is another by now. */
  append(to: BenchStream, events: number): Promise<boolean>;
  /** Reads a stream from its beginning, all contents in clear; gives how many events it has. */
  readStream(stream: BenchStream): Promise<number>;
  /** Reads events of all streams in their order, contents in clear, page by page, until over or at the end. */
  readLog?(over: () => boolean): Promise<number>;
  close(): Promise<void>;
}

/** Each caller appends to streams of its own, so many events at once. */
export function appending(subject: Subject, streams: readonly BenchStream[], count: number, events = 1): Contestant {
  return {
    ...nameOf(subject, `${subject.name}, ${callersText(count)}`),
    run: (over) => {
      const next = turns(streams, count);
      return callers(count, over, async (caller) => {
        const stream = next(caller);
        if (!(await subject.append(stream, events))) throw new Error(`${subject.name}: a conflict where none can be`);
        return events;
      });
    },
  };
}

/** One caller reads whole streams. */
export function readingStreams(subject: Subject, streams: readonly BenchStream[]): Contestant {
  return {
    ...nameOf(subject, subject.name),
    run: (over) => {
      const next = turns(streams, 1);
      return callers(1, over, () => subject.readStream(next(0)));
    },
  };
}

/** One reader goes through everything, from the beginning again when it came to the end. */
export function readingLog(subject: Subject): Contestant {
  return {
    ...nameOf(subject, subject.name),
    run: (over) => callers(1, over, () => subject.readLog?.(over) ?? Promise.resolve(0)),
  };
}

/**
 * Callers that all write to one stream, each after it has read what stands there and decided on it, and again when
 * another was faster: how a peer does what a queue for each stream does in Ardoise.
 */
export function crowding(subject: Subject, count: number, places: number): Contestant {
  return {
    ...nameOf(subject, `${subject.name}, ${callersText(count)} on one stream`),
    run: async (over) => {
      let [session] = (await subject.streams(1)) as [BenchStream];
      return callers(count, over, async () => {
        for (;;) {
          const tried = session;
          const version = await subject.readStream(tried);
          if (version >= places) {
            // Full: whoever sees it first opens the next one.
            if (session === tried) session = { ...((await subject.streams(1)) as [BenchStream])[0] };
            continue;
          }
          if (await subject.append({ ...tried, version }, 1)) return 1;
          if (over()) return 0;
        }
      });
    },
  };
}

function nameOf(subject: Subject, name: string): Pick<Contestant, 'name' | 'leavesOut'> {
  return { name, ...(subject.leavesOut === undefined ? {} : { leavesOut: subject.leavesOut }) };
}

export function callersText(count: number): string {
  return count === 1 ? '1 caller' : `${count} callers`;
}

/** Deals streams out to callers, and to each its own in turn: no two callers ever meet on a stream. */
export function turns<T>(streams: readonly T[], count: number): (caller: number) => T {
  const own = Array.from({ length: count }, (_, caller) => streams.filter((_, index) => index % count === caller));
  const at = new Array<number>(count).fill(0);
  return (caller) => {
    const mine = own[caller] as readonly T[];
    const turn = (at[caller] ?? 0) % mine.length;
    at[caller] = turn + 1;
    return mine[turn] as T;
  };
}

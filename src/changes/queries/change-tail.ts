import type { EventStore } from '@ardoise/event-store';
import { Bell } from '@ardoise/lanes';
import { type Change, changeOf } from './change';

/** So many of the newest changes are kept for all clients of an organisation; whoever is further behind reads the log. */
const kept = 1_000;
/** Most changes that are read from the log at once for one client. */
const pageLength = 200;

/** The newest changes of an organisation, followed once for all who look at it live. */
export class ChangeTail {
  private recent: Change[] = [];
  private readonly bells = new Set<Bell>();
  private readonly ending = new AbortController();
  private failed: Error | undefined;

  /** @param from position after which every change is here. */
  constructor(
    private readonly store: EventStore,
    private readonly organisation: string,
    private from: bigint,
  ) {
    void this.run();
  }

  /** Changes after a position, in order and without a gap, as they come; a batch at a time, when it is asked for. */
  async *after(position: bigint, signal: AbortSignal): AsyncGenerator<readonly Change[], void> {
    const bell = new Bell();
    this.bells.add(bell);
    try {
      for (let at = position; !signal.aborted;) {
        bell.take();
        const changes = this.known(at) ?? (await this.read(at));
        const last = changes.at(-1);
        if (last) {
          at = last.position;
          yield changes;
        } else {
          if (this.failed) throw this.failed;
          await bell.wait(longestWait, signal);
        }
      }
    } finally {
      this.bells.delete(bell);
    }
  }

  close(): void {
    this.ending.abort();
  }

  /** What comes after a position, where all of it is here. */
  private known(position: bigint): readonly Change[] | undefined {
    if (position < this.from) return undefined;
    const first = this.recent.findIndex((change) => change.position > position);
    return first === -1 ? [] : this.recent.slice(first, first + pageLength);
  }

  private async read(position: bigint): Promise<Change[]> {
    return (await this.store.readLog(this.organisation, position, pageLength)).map(changeOf);
  }

  private async run(): Promise<void> {
    const { store, organisation, from: after } = this;
    try {
      for await (const events of store.subscribe({ organisation, after, signal: this.ending.signal })) {
        this.recent.push(...events.map(changeOf));
        const over = this.recent.splice(0, Math.max(0, this.recent.length - kept)).at(-1);
        if (over) this.from = over.position;
        for (const bell of this.bells) bell.ring();
      }
    } catch (error) {
      this.failed = error instanceof Error ? error : new Error('the log cannot be followed', { cause: error });
      for (const bell of this.bells) bell.ring();
    }
  }
}

/** A look once in a while costs nothing, and needs no bell. */
const longestWait = 60_000;

import { StoredEvent } from './event-store';

/** What is asked of one stream: its events from a version. */
export interface StreamRead {
  readonly organisation: string;
  readonly stream: string;
  readonly from: number;
}

type Load = (reads: readonly StreamRead[]) => Promise<StoredEvent[][]>;

interface Waiting {
  readonly read: StreamRead;
  readonly resolve: (events: StoredEvent[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Most streams in one statement. */
const mostTogether = 200;
/** Most statements on their way at once. */
const mostInFlight = 4;

/**
 * Gathers reads: what is asked in one turn of the event loop, or while statements are on their way, goes into the next
 * statement together. A read never begins before it was asked for, so it sees all that its caller knows to be there.
 */
export class StreamReads {
  private waiting: Waiting[] = [];
  private inFlight = 0;
  private scheduled = false;

  /** @param load gives the events of each read, in order. */
  constructor(private readonly load: Load) {}

  read(read: StreamRead): Promise<StoredEvent[]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ read, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.waiting.length > 0 && this.inFlight < mostInFlight) void this.answer(this.take());
    });
  }

  private take(): Waiting[] {
    return this.waiting.splice(0, mostTogether);
  }

  private async answer(calls: readonly Waiting[]): Promise<void> {
    this.inFlight++;
    try {
      const answers = await this.load(calls.map(({ read }) => read));
      calls.forEach(({ resolve }, index) => resolve(answers[index] ?? []));
    } catch (error) {
      calls.forEach(({ reject }) => reject(error));
    } finally {
      this.inFlight--;
      this.schedule();
    }
  }
}

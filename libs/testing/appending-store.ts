import {
  checkAppend,
  EventStoreUnavailableError,
  type Append,
  type AppendOutcome,
  type EventStore,
  type StoredEvent,
  type StoredLeaf,
} from '@ardoise/event-store';
import { leavesOf } from './memory-store';

/** A log in memory that takes appends as every engine must, where the engine is not the subject of a spec. */
export class AppendingStore implements EventStore {
  readonly log: StoredEvent[] = [];
  appends = 0;
  /** Called before an append is looked at: a spec can let another writer in. */
  before: (append: Append) => void | Promise<void> = () => undefined;
  /** Called when it was carried out, before it is acknowledged. */
  after: () => void = () => undefined;
  private readonly commands = new Set<string>();

  async append(append: Append): Promise<AppendOutcome> {
    checkAppend(append);
    await this.before(append);
    const { organisation, stream, expectedVersion, events } = append;
    const name = `${organisation}/${stream}`;
    const commands = events.map(({ command }) => `${name}/${command.toString('hex')}`);
    if (commands.some((command) => this.commands.has(command))) return { kind: 'repeated' };
    const version = this.ofStream(organisation, stream).length;
    if (version !== expectedVersion) return { kind: 'conflict', version };
    events.forEach(({ header, sections }, index) => {
      const position = BigInt(this.log.length + 1);
      this.log.push({ organisation, position, stream, version: version + index, header, sections });
    });
    for (const command of commands) this.commands.add(command);
    this.appends++;
    this.after();
    return { kind: 'appended', version: version + events.length, position: BigInt(this.log.length) };
  }

  async readStream(organisation: string, stream: string, fromVersion = 0): Promise<StoredEvent[]> {
    return this.ofStream(organisation, stream).slice(fromVersion);
  }

  async readLog(organisation: string, after: bigint, limit: number): Promise<StoredEvent[]> {
    return this.log.filter((event) => event.organisation === organisation && event.position > after).slice(0, limit);
  }

  async readLeaves(organisation: string, after: bigint, limit: number): Promise<StoredLeaf[]> {
    return leavesOf(await this.readLog(organisation, after, limit));
  }

  async head(organisation: string): Promise<bigint> {
    return this.log.filter((event) => event.organisation === organisation).at(-1)?.position ?? 0n;
  }

  async organisations(): Promise<string[]> {
    return [...new Set(this.log.map(({ organisation }) => organisation))].sort();
  }

  async isLeft(): Promise<boolean> {
    return false;
  }

  // eslint-disable-next-line require-yield
  async *subscribe(): AsyncIterable<readonly StoredEvent[]> {
    throw new EventStoreUnavailableError('the specs read');
  }

  async close(): Promise<void> {}

  private ofStream(organisation: string, stream: string): StoredEvent[] {
    return this.log.filter((event) => event.organisation === organisation && event.stream === stream);
  }
}

import {
  type Append,
  type AppendOutcome,
  checkAppend,
  type EventStore,
  EventStoreUnavailableError,
  LogTamperedError,
  type MovableLog,
  type NewEvent,
  type StoredEvent,
  type StoredLeaf,
  type SubscribeOptions,
} from '@ardoise/event-store';
import { leafHash } from '@ardoise/format';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Appending } from './appending';
import { Connection } from './connection';
import { diagnose } from './diagnosis';
import { isReadingRefused, isStreamDeleted, translated, WrongExpectedVersionError } from './errors';
import { KnownCommands } from './known-commands';
import { Organisations } from './organisations';
import { Moves } from './moves';
import { betweenPoints, EventStoreDBMovableLog } from './movable-log';
import { type Beginning, type Place, Places } from './places';
import { inTime } from './patience';
import { readAll, readStream, subscribeToAll } from './reading';
import { eventType, nameOf, prefixesOf, writeRecord } from './record';
import { meaningOf } from './refused-reading';
import { checkSettings, logged, storedOf } from './stored';
import { StreamQueues } from './stream-queues';
import { follow } from './subscription';
import { Tails } from './tails';

export interface EventStoreDBEventStoreOptions {
  /** `esdb://…` or `esdb+discover://…`, as the client takes it: nodes, TLS, the user. */
  readonly connectionString: string;
}

/** How the connection stands. */
export interface EventStoreDBStanding {
  /** Host and port of the leader that is spoken to; absent before the first call, and while there is none. */
  readonly leader?: string;
  /** How many times another connection was made after the first. */
  readonly reconnects: number;
}

/** Longest pause, in milliseconds, before a conflict that reading does not show is tried again. */
const longestPause = 3_000;
const organisationsAtOnce = 16;
/** Longest time, in milliseconds, that a command's reading or its append may take. */
const patience = 15_000;

/** The log on EventStoreDB 23.10 or later (docs/format.md has the stored bytes, docs/adr/0033 the reasons). */
export class EventStoreDBEventStore implements EventStore {
  private readonly connection: Connection;
  private readonly appending: Appending;
  private readonly inhabitants: Organisations;
  private readonly places: Places;
  private readonly moves: Moves;
  private readonly tails: Tails;
  private readonly commands = new KnownCommands();
  private readonly queues = new StreamQueues();
  private readonly end = new AbortController();
  private readonly connectionString: string;

  /** @throws Error for a connection string that cannot be read */
  constructor({ connectionString }: EventStoreDBEventStoreOptions) {
    this.connectionString = connectionString;
    this.connection = new Connection(connectionString);
    this.appending = new Appending(this.connection);
    this.inhabitants = new Organisations(this.connection, this.appending);
    this.places = new Places(this.connection);
    this.moves = new Moves(this.connection, this.appending, this.places);
    this.tails = new Tails(this.connection, this.inhabitants, this.places);
  }

  /**
   * Shows that the log can be read, at the start of a process.
   * @throws EventStoreUnavailableError that says of each node why not; EventStoreRefusedError for the user
   */
  async mustServe(): Promise<void> {
    try {
      await this.ask(() => inTime(this.tails.end(), patience, 'no answer in time'));
    } catch (error) {
      if (!(error instanceof EventStoreUnavailableError)) throw error;
      const why = await diagnose(this.connectionString);
      throw new EventStoreUnavailableError(`EVENTSTORE_URL names no EventStoreDB that serves: ${why}`, {
        cause: error,
      });
    }
  }

  /**
   * @throws MalformedAppendError for what can never be stored
   * @throws EventStoreUnavailableError when it may or may not have happened: repeat it with the same command
   * @throws LogTamperedError when the stream is not as it was left
   */
  async append(append: Append): Promise<AppendOutcome> {
    checkAppend(append);
    const name = nameOf(append.organisation, append.stream);
    const deadline = performance.now() + patience;
    const next = async (): Promise<AppendOutcome> => {
      // Whoever waited for it was told that it may not have happened: so it does not, any more.
      if (performance.now() > deadline) throw new EventStoreUnavailableError('the event store did not answer in time');
      return this.appendNext(name, append);
    };
    return this.ask(() => inTime(this.queues.run(name, next), patience, 'no answer in time'));
  }

  async readStream(organisation: string, stream: string, fromVersion = 0): Promise<StoredEvent[]> {
    return this.ask(() => inTime(this.readOn(organisation, stream, fromVersion), patience, 'no answer in time'));
  }

  async readLog(organisation: string, after: bigint, limit: number): Promise<StoredEvent[]> {
    return this.ask(() => this.readAfter(organisation, after, limit));
  }

  /** The engine gives whole events only: what is read is what `readLog` reads. */
  async readLeaves(organisation: string, after: bigint, limit: number): Promise<StoredLeaf[]> {
    const events = await this.readLog(organisation, after, limit);
    return events.map(({ position, header }) => ({ position, leaf: leafHash(header) }));
  }

  async head(organisation: string): Promise<bigint> {
    const last = await this.ask(() => this.tails.last(organisation));
    return last?.position ?? 0n;
  }

  /** One that was entered and whose first append never came has no events, and is left out. */
  async organisations(): Promise<string[]> {
    return this.ask(async () => {
      const unknown = (await this.inhabitants.all()).filter((organisation) => !this.tails.isKnown(organisation));
      const look = async (): Promise<void> => {
        for (let next = unknown.pop(); next !== undefined; next = unknown.pop()) await this.lookFor(next);
      };
      await Promise.all(Array.from({ length: organisationsAtOnce }, look));
      return (await this.inhabitants.all()).filter((organisation) => this.tails.isKnown(organisation)).sort();
    });
  }

  async isLeft(): Promise<boolean> {
    return this.ask(() => inTime(this.moves.isClosed(), patience, 'no answer in time'));
  }

  subscribe({ organisation, after, batchSize = 500, signal }: SubscribeOptions): AsyncIterable<readonly StoredEvent[]> {
    return follow({
      after,
      batchSize,
      signal: signal ? AbortSignal.any([signal, this.end.signal]) : this.end.signal,
      end: () => this.tails.end(),
      read: (position, limit) => this.readLog(organisation, position, limit),
      live: (position) => subscribeToAll(this.connection, prefixesOf(organisation), position),
      stored: (recorded) => logged(this.parts(), organisation, recorded),
      commitOf: async (position) => (await this.places.beginning(organisation, position)).commit,
      passed: (from, last, through) => this.tails.passed(organisation, from, last, through),
      translated,
    });
  }

  /** The same log, as something that is filled, closed and opened. */
  movable(): MovableLog {
    const { connection, appending, places, moves, inhabitants, tails } = this;
    return new EventStoreDBMovableLog({ store: this, connection, appending, places, moves, inhabitants, tails });
  }

  /** @throws LogMovedError where the log goes on elsewhere */
  async mustBeOpen(): Promise<void> {
    await this.ask(() => this.moves.mustBeOpen());
  }

  standing(): EventStoreDBStanding {
    const { leader, reconnects } = this.connection;
    return { ...(leader === undefined ? {} : { leader }), reconnects };
  }

  /** Lets what is under way arrive, and ends subscriptions and the connection. */
  async close(): Promise<void> {
    this.end.abort();
    await this.queues.idle();
    await this.connection.close();
  }

  private async appendNext(name: string, append: Append): Promise<AppendOutcome> {
    const { organisation, stream, expectedVersion, events } = append;
    await this.moves.mustBeOpen();
    if (expectedVersion === 0) await this.inhabitants.enter(organisation);
    else if (this.commands.version(name) < expectedVersion) await this.learnCommands(organisation, stream);
    for (let pause = 2; pause < longestPause; pause *= 2) {
      if (this.commands.hasAny(name, events)) return { kind: 'repeated' };
      const version = this.commands.version(name);
      const appended = version === expectedVersion && (await this.send(name, append));
      if (appended) return appended;
      await this.learnCommands(organisation, stream);
      if (this.commands.hasAny(name, events)) return { kind: 'repeated' };
      const now = this.commands.version(name);
      if (now !== expectedVersion) return { kind: 'conflict', version: now };
      // The engine decides by what it has begun to write, and shows what is durable: that comes, or comes to nothing.
      await delay(pause);
    }
    throw new EventStoreUnavailableError('the event store refuses a version that it shows');
  }

  /** Undefined, with nothing done, when the stream has another version. */
  private async send(name: string, append: Append): Promise<AppendOutcome | undefined> {
    const { organisation, stream, expectedVersion, events } = append;
    try {
      const proposal = { stream: name, expectedVersion, events: proposed(events) };
      const { version, commit } = await this.moves.whileOpen((mayBeSent) => this.appending.append(proposal, mayBeSent));
      if (version !== expectedVersion + events.length) {
        throw new LogTamperedError(organisation, stream, `it has ${version} events, which were hidden`);
      }
      this.commands.learn(name, expectedVersion, commandsOf(events));
      const position = await this.places.counted(organisation, commit);
      this.tails.saw(organisation, { commit, position });
      return { kind: 'appended', version, position };
    } catch (error) {
      if (error instanceof WrongExpectedVersionError) return undefined;
      if (isStreamDeleted(error)) throw new LogTamperedError(organisation, stream, 'it was deleted');
      throw error;
    }
  }

  /** The stream's end tells whether a command is there: its answer may have been lost, or another process was faster. */
  private async learnCommands(organisation: string, stream: string): Promise<void> {
    await this.readOn(organisation, stream, this.commands.version(nameOf(organisation, stream)));
  }

  /** A stream's events from a version on, of which none may lack. */
  private async readOn(organisation: string, stream: string, from: number): Promise<StoredEvent[]> {
    const name = nameOf(organisation, stream);
    const { events } = await this.readRecorded(organisation, stream, from);
    if (events.length === 0) await checkSettings(this.connection, organisation, stream);
    const positions = await this.places.positions(organisation, events);
    const all = events.map((recorded, i) => storedOf(organisation, recorded, positions[i] ?? 0n));
    all.forEach(({ stored: { version } }, i) => {
      if (version !== from + i) throw new LogTamperedError(organisation, stream, `event ${from + i} is not there`);
    });
    this.commands.learn(
      name,
      from,
      all.map(({ command }) => command),
    );
    return all.map(({ stored }) => stored);
  }

  private async readRecorded(organisation: string, stream: string, from: number): ReturnType<typeof readStream> {
    try {
      return await readStream(this.connection, nameOf(organisation, stream), { from });
    } catch (error) {
      if (isStreamDeleted(error)) throw new LogTamperedError(organisation, stream, 'it was deleted');
      throw error;
    }
  }

  private async readAfter(organisation: string, after: bigint, limit: number): Promise<StoredEvent[]> {
    const from = await this.tails.beginning(organisation, after);
    if (from === undefined || limit <= 0) return [];
    const found: StoredEvent[] = [];
    let last: Place | undefined;
    try {
      for await (const { event, commit } of this.eventsFrom(organisation, from, after, limit)) {
        found.push(event);
        last = { commit, position: event.position };
      }
    } catch (error) {
      if (found.length > 0 || !isReadingRefused(error)) throw error;
      const before = await this.places.before(organisation, from.commit);
      throw await meaningOf(this.connection, { organisation, at: from.commit, before, position: after }, error);
    }
    if (last) {
      this.tails.saw(organisation, last);
      this.places.stoppedAt(organisation, last);
    }
    return found;
  }

  /** What comes after a position and is an event; the engine counts the settings among it, and the event that stands there. */
  private async *eventsFrom(
    organisation: string,
    from: Beginning,
    after: bigint,
    limit: number,
  ): AsyncGenerator<{ readonly event: StoredEvent; readonly commit: bigint }> {
    const prefixes = prefixesOf(organisation);
    let [start, left] = [from.commit, limit];
    for (;;) {
      const count = left + 1 + (from.isExact ? 0 : betweenPoints);
      let read = 0;
      for await (const recorded of readAll(this.connection, { prefixes, from: start, count })) {
        read++;
        const isNew = start === from.commit || recorded.commit > start;
        const event = isNew && (await logged(this.parts(), organisation, recorded));
        const isAfter = event && event.position > after;
        if (isAfter) yield { event, commit: recorded.commit };
        if (isAfter && --left === 0) return;
        if (read === count) start = recorded.commit;
      }
      if (read < count) return;
    }
  }

  private parts(): { readonly connection: Connection; readonly places: Places } {
    return { connection: this.connection, places: this.places };
  }

  private async lookFor(organisation: string): Promise<void> {
    await this.readAfter(organisation, 0n, 1);
  }

  private async ask<T>(query: () => Promise<T>): Promise<T> {
    if (this.end.signal.aborted) throw new EventStoreUnavailableError('the event store is closed');
    try {
      return await query();
    } catch (error) {
      throw translated(error);
    }
  }
}

function commandsOf(events: readonly NewEvent[]): Buffer[] {
  return events.map(({ command }) => command);
}

/** Ids of their own for each append: that the engine takes one for another's repetition would tell both that they did it. */
function proposed(events: readonly NewEvent[]): { id: string; type: string; data: Buffer }[] {
  return events.map((event) => ({ id: randomUUID(), type: eventType, data: writeRecord(event) }));
}

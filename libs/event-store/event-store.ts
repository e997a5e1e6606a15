/** An event as an adapter is given it: finished bytes, which come back exactly as they were written. */
export interface NewEvent {
  /** Canonical bytes of the clear header (docs/format.md); at most 65,535. */
  readonly header: Buffer;
  /** Framed ciphertexts of the sections. */
  readonly sections: Buffer;
  /** The command that caused it, 32 bytes; idempotency is by (stream, command). */
  readonly command: Buffer;
}

/** One append is to one stream: all of its events or none. */
export interface Append {
  readonly organisation: string;
  readonly stream: string;
  /** How many events the stream must have, exactly; 0 for a stream that does not exist yet. */
  readonly expectedVersion: number;
  readonly events: readonly NewEvent[];
}

export type AppendOutcome =
  /** Durable. `version` is the stream's new count of events, `position` that of the last event appended. */
  | { readonly kind: 'appended'; readonly version: number; readonly position: bigint }
  /** Nothing was appended: the stream has `version` events, not the expected number. */
  | { readonly kind: 'conflict'; readonly version: number }
  /** Nothing was appended: at least one of the append's commands already stands in the stream. */
  | { readonly kind: 'repeated' };

/** An event as it is stored. `position` is opaque: it only grows along an organisation's log. */
export interface StoredEvent {
  readonly organisation: string;
  readonly position: bigint;
  readonly stream: string;
  /** From 0 without a gap in its stream. */
  readonly version: number;
  readonly header: Buffer;
  readonly sections: Buffer;
}

export interface SubscribeOptions {
  readonly organisation: string;
  /** Events after this position are delivered; 0n for all. */
  readonly after: bigint;
  /** Most events in one batch. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** An event as a ledger sees it. */
export interface StoredLeaf {
  readonly position: bigint;
  /** RFC 6962 leaf hash of the event's header (docs/format.md), 32 bytes. */
  readonly leaf: Buffer;
}

/**
 * The log. Total order per organisation; what a reader has passed never changes, and nothing ever appears behind it.
 * Every method rejects with `EventStoreUnavailableError` when the engine cannot be reached; an append that rejects so
 * may have happened, and is repeated with the same command.
 */
export interface EventStore {
  append(append: Append): Promise<AppendOutcome>;
  /** A stream's events in order, from `fromVersion` (default 0). Empty when there is no such stream. */
  readStream(organisation: string, stream: string, fromVersion?: number): Promise<StoredEvent[]>;
  /** At most `limit` events of an organisation after a position, in order. */
  readLog(organisation: string, after: bigint, limit: number): Promise<StoredEvent[]>;
  /** At most `limit` leaves of an organisation after a position, in order; neither headers nor sections are read. */
  readLeaves(organisation: string, after: bigint, limit: number): Promise<StoredLeaf[]>;
  /** Position of an organisation's last event; 0n when it has none. */
  head(organisation: string): Promise<bigint>;
  /** The organisations that have events, sorted. */
  organisations(): Promise<string[]>;
  /** Whether the log goes on elsewhere, or is just being moved: nothing can be appended here until it is opened again. */
  isLeft(): Promise<boolean>;
  /**
   * Catches up, then stays live; ends when the signal is aborted. The next batch is fetched only when the consumer asks
   * for it (back-pressure). While the engine is away it waits and goes on where it was.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<readonly StoredEvent[]>;
  close(): Promise<void>;
}

/** The engine cannot be reached, or went away in the middle. */
export class EventStoreUnavailableError extends Error {
  override readonly name: string = 'EventStoreUnavailableError';
  readonly code: string = 'event-store-unavailable';
}

/**
 * The log was moved to another engine, or is being moved: nothing can be appended here, and nothing was. Whoever goes on
 * there can repeat it as it is.
 */
export class LogMovedError extends EventStoreUnavailableError {
  override readonly name = 'LogMovedError';
  override readonly code = 'log-moved';
}

/** The engine answers and refuses: wrong credentials, or rights that are missing. Nothing was appended. */
export class EventStoreRefusedError extends Error {
  override readonly name = 'EventStoreRefusedError';
  readonly code = 'event-store-refused';
}

/**
 * The engine has something in an organisation's log, or keeps something from it, that we never did: an event of another
 * make, a stream that was deleted, or one whose settings hide events or let them be removed.
 */
export class LogTamperedError extends Error {
  override readonly name = 'LogTamperedError';
  readonly code = 'log-tampered';

  constructor(
    readonly organisation: string,
    readonly stream: string,
    readonly reason: string,
  ) {
    super(`stream ${stream} of ${organisation} is not as it was written: ${reason}`);
  }
}

/** A position at which no event of this log begins: it comes from another log. */
export class PositionUnknownError extends Error {
  override readonly name = 'PositionUnknownError';
  readonly code = 'log-position-unknown';
}

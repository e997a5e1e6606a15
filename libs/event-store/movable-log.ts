import type { EventStore, StoredEvent } from './event-store';

/** Events of one organisation, as they follow each other in another log, to be put behind an event of this one. */
export interface Placement {
  readonly organisation: string;
  /** Position of the last event that is here; 0n where there is none. */
  readonly after: bigint;
  readonly events: readonly StoredEvent[];
}

/**
 * A log that can be filled from another and left for it. It keeps the positions that events have there: whoever remembers
 * one, here or outside, need not be told.
 */
export interface MovableLog {
  /** As messages name it. */
  readonly engine: string;
  readonly store: EventStore;
  /** Whether nobody can append; of a log without events, whether anybody was kept from it. */
  isClosed(): Promise<boolean>;
  /**
   * Keeps everybody from appending, until it is opened again. When it resolves, nothing that was under way comes any more.
   * Repeating it changes nothing.
   */
  close(goesOnAt: string): Promise<void>;
  /** Lets servers append, behind what was put here. */
  open(): Promise<void>;
  /**
   * Puts events at the end of a closed log, with their positions; in this order, whatever happens, so that what is there
   * is always the beginning of all.
   * @throws PlacementRefusedError where something else stands there
   */
  place(placement: Placement): Promise<void>;
}

/** The log holds something else than what was to be put there is the continuation of. */
export class PlacementRefusedError extends Error {
  override readonly name = 'PlacementRefusedError';
  readonly code = 'log-differs';
}

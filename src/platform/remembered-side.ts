import { type EngineName, type EventStore, type MovableLog, moveEngine, type Placement } from '@ardoise/event-store';
import type { CopyLock } from './copy-lock';

export interface RememberedSideParts {
  readonly log: MovableLog;
  readonly name: EngineName;
  /** Whoever has lost it opens nothing: another copy may be under way. */
  readonly lock: CopyLock;
}

/** A side of a move. Whoever opens it has the database say first that the records are there; until it is open, neither side is. */
export class RememberedSide implements MovableLog {
  constructor(private readonly parts: RememberedSideParts) {}

  get engine(): string {
    return this.parts.log.engine;
  }

  get store(): EventStore {
    return this.parts.log.store;
  }

  isClosed(): Promise<boolean> {
    return this.parts.log.isClosed();
  }

  close(goesOnAt: string): Promise<void> {
    return this.parts.log.close(goesOnAt);
  }

  async open(): Promise<void> {
    const { log, name, lock } = this.parts;
    await moveEngine((text, values) => lock.query(text, values), name);
    await log.open();
  }

  place(placement: Placement): Promise<void> {
    return this.parts.log.place(placement);
  }
}

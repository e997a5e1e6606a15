import { type EngineName, type EventStore, type MovableLog, moveEngine, type Placement } from '@ardoise/event-store';
import type { Pool } from 'pg';

export interface RememberedSideParts {
  readonly log: MovableLog;
  readonly name: EngineName;
  /** Sessions of the database's owner. */
  readonly owner: Pool;
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
    const { log, name, owner } = this.parts;
    await moveEngine(owner, name);
    await log.open();
  }

  place(placement: Placement): Promise<void> {
    return this.parts.log.place(placement);
  }
}

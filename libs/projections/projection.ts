import type { AnyOpened, EventDeclaration, OpenedOf } from '@ardoise/sealing';

export type EntityClass<T extends object = object> = new () => T;

/** The columns of an entity and what they hold. */
export type RowOf<T extends object> = { readonly [K in keyof T]: T[K] };

/** What a projection asks to be written. Nothing is written before the whole batch is, with its checkpoint. */
export interface RowWriter {
  /** Inserts the row, or replaces the whole row of its key. */
  put<T extends object>(entity: EntityClass<T>, row: NoInfer<RowOf<T>>): void;
  /** Changes columns of a row that exists; there is no row made. Neither key nor unit can be changed. */
  patch<T extends object>(
    entity: EntityClass<T>,
    key: NoInfer<Partial<RowOf<T>>>,
    changes: NoInfer<Partial<RowOf<T>>>,
  ): void;
  remove<T extends object>(entity: EntityClass<T>, key: NoInfer<Partial<RowOf<T>>>): void;
}

export type EventHandler = (event: AnyOpened, write: RowWriter) => void;

/**
 * A read model as a pure function of the events, one at a time: no clock, no reading, no memory between events, so that
 * it gives the same rows in any batch size and at any time (invariant 1).
 *
 * Rows of a table with a unit column are of that one unit (invariant 10): what comes from another section belongs into
 * another row. A section that cannot be read is absent, and then the row is not put.
 */
export interface Projection {
  /** Stable: the checkpoint's name. */
  readonly name: string;
  /** Raised when the same events give other rows; the projection then waits for a rebuild. */
  readonly version: number;
  /** Entities in the schema `read`; each is written by one projection only. */
  readonly tables: readonly EntityClass[];
  readonly on: { readonly [eventType: string]: EventHandler };
}

/** A handler of one declared event type, typed by its declaration; spread into `Projection.on`. */
export function when<D extends EventDeclaration>(
  declaration: D,
  handler: (event: OpenedOf<D>, write: RowWriter) => void,
): { readonly [eventType: string]: EventHandler } {
  return { [declaration.type]: handler as unknown as EventHandler };
}

/** A projection or its tables are not as the runtime needs them: found at start-up. */
export class ProjectionSetupError extends Error {
  override readonly name = 'ProjectionSetupError';
  readonly code = 'projection-setup';
}

export type RowErrorCode =
  | 'row-key-missing'
  | 'row-incomplete'
  | 'row-column-unknown'
  | 'row-column-fixed'
  | 'row-value-unfit'
  | 'row-of-other-organisation'
  | 'row-of-other-unit'
  | 'row-of-other-projection';

/** A projection asked for a row that cannot be; the message names table and column, never the value. */
export class RowError extends Error {
  override readonly name = 'RowError';

  constructor(
    readonly code: RowErrorCode,
    message: string,
  ) {
    super(message);
  }
}

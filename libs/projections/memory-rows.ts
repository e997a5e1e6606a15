import type { AnyOpened } from '@ardoise/sealing';
import type { EntityClass, Projection, RowOf, RowWriter } from './projection';

type AnyRow = { [column: string]: unknown };

/** Rows of a projection over a few events, in memory: for what is shown from the log and stands in no table. */
export class MemoryRows implements RowWriter {
  private readonly tables = new Map<EntityClass, AnyRow[]>();

  /** Runs the projection over the events, in their order. */
  static of(projection: Projection, events: readonly AnyOpened[]): MemoryRows {
    const rows = new MemoryRows();
    for (const event of events) projection.on[event.type]?.(event, rows);
    return rows;
  }

  /** The rows of a table, in the order in which they were first put. */
  rows<T extends object>(entity: EntityClass<T>): T[] {
    return (this.tables.get(entity) ?? []) as T[];
  }

  /** Within one stream no key comes twice, so that a put is an insert. */
  put<T extends object>(entity: EntityClass<T>, row: RowOf<T>): void {
    this.tables.set(entity, [...(this.tables.get(entity) ?? []), { ...row }]);
  }

  patch<T extends object>(entity: EntityClass<T>, key: Partial<RowOf<T>>, changes: Partial<RowOf<T>>): void {
    for (const row of this.tables.get(entity) ?? []) if (matches(row, key)) Object.assign(row, changes);
  }

  remove<T extends object>(entity: EntityClass<T>, key: Partial<RowOf<T>>): void {
    const kept = (this.tables.get(entity) ?? []).filter((row) => !matches(row, key));
    this.tables.set(entity, kept);
  }
}

function matches(row: AnyRow, key: object): boolean {
  return Object.entries(key).every(([column, value]) => row[column] === value);
}

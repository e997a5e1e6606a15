import { errorCode } from '@ardoise/lanes';
import type { Advance } from './checkpoints';
import { type Forgotten, forgettingTypes, leavingWith, MalformedEndError, withoutForgotten } from './forgetting';
import { Ends } from './ends';
import { before as positionBefore, type OpenedBatch, type Refusal } from './open-batch';
import { type EntityClass, type Projection, RowError } from './projection';
import type { ReadTable } from './read-table';
import { RowBatch } from './row-batch';

/** A projection with its tables. */
export interface Registered {
  readonly projection: Projection;
  readonly tables: ReadonlyMap<EntityClass, ReadTable>;
}

/** What a batch comes to for one projection. */
export interface Applied {
  readonly advance: Advance;
  readonly rows: RowBatch;
  /** What ended on the way, and where. */
  readonly ends: Ends;
  readonly events: number;
}

/** Runs one projection over a batch, in memory; the first event that it fails at stops it there. */
export function applyBatch({ projection, tables }: Registered, batch: OpenedBatch, before: Forgotten): Applied {
  const rows = new RowBatch(tables);
  const forgotten = before.copy();
  const ends = new Ends();
  let events = 0;
  const stopAt = (refusal: Refusal, position: bigint): Applied => {
    const { code, event } = refusal;
    rows.forget(ends.forgotten);
    const stopped = { code, event, position: refusal.position };
    return { advance: { projection: projection.name, position, stopped }, rows, ends, events };
  };
  for (const event of batch.events) {
    try {
      const leaving = leavingWith(event);
      forgotten.add(leaving);
      ends.add(leaving, event.position);
      const handler = handlerOf(projection, event.type);
      // Of an organisation that has ended nothing is shown, not even what concerns nobody.
      if (!handler || forgotten.everything) continue;
      rows.begin(event);
      handler(withoutForgotten(event, forgotten), rows);
      rows.accept();
      events += 1;
    } catch (error) {
      const reason = { code: stopCode(error), event: event.id, position: event.position };
      return stopAt(reason, positionBefore(batch, event.position));
    }
  }
  if (batch.refused && concerns(projection, batch.refused)) return stopAt(batch.refused, batch.through);
  rows.forget(ends.forgotten);
  return { advance: { projection: projection.name, position: batch.through }, rows, ends, events };
}

/** The types that the projections want, and those that the runtime itself goes by. */
export function wantedTypes(projections: readonly Registered[]): Set<string> {
  return new Set([...forgettingTypes, ...projections.flatMap(({ projection }) => Object.keys(projection.on))]);
}

function handlerOf(projection: Projection, type: string) {
  return Object.hasOwn(projection.on, type) ? projection.on[type] : undefined;
}

function concerns(projection: Projection, { type }: Refusal): boolean {
  return type === undefined || forgettingTypes.includes(type) || handlerOf(projection, type) !== undefined;
}

function stopCode(error: unknown): string {
  return error instanceof RowError || error instanceof MalformedEndError ? errorCode(error) : 'projection-failed';
}

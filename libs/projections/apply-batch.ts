import { errorCode } from '@ardoise/lanes';
import { storedId } from '@ardoise/sealing';
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
    const { comesTo: _, ...stopped } = refusal;
    rows.forget(ends.forgotten);
    return { advance: { projection: projection.name, position, stopped }, rows, ends, events };
  };
  for (const [index, event] of batch.events.entries()) {
    const isLastOfItsPlace = batch.events[index + 1]?.position !== event.position;
    try {
      const leaving = leavingWith(event);
      forgotten.add(leaving);
      ends.add(leaving, event.position);
      const handler = handlerOf(projection, event.type);
      // Of an organisation that has ended nothing is shown, not even what concerns nobody.
      if (handler && !forgotten.everything) {
        rows.begin(event);
        handler(withoutForgotten(event, forgotten), rows);
        events += 1;
      }
      // What one stored event was split into is taken whole, or not at all.
      if (isLastOfItsPlace) rows.accept();
    } catch (error) {
      const reason = { code: stopCode(error), event: storedId(event), position: event.position };
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

function concerns(projection: Projection, { comesTo }: Refusal): boolean {
  if (comesTo === undefined || forgettingTypes.includes(comesTo)) return true;
  return handlerOf(projection, comesTo) !== undefined;
}

function stopCode(error: unknown): string {
  return error instanceof RowError || error instanceof MalformedEndError ? errorCode(error) : 'projection-failed';
}

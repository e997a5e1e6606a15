import { errorCode } from '@ardoise/lanes';
import type { Advance } from './checkpoints';
import { KeysFencedError, keptUntilType, keysFencedType, unitsLeaving, withoutForgotten } from './forgetting';
import { before, type OpenedBatch, type Refusal } from './open-batch';
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
  /** Units that were fenced on the way, and where. */
  readonly fenced: ReadonlyMap<string, bigint>;
  readonly events: number;
}

/** Runs one projection over a batch, in memory; the first event that it fails at stops it there. */
export function applyBatch(
  { projection, tables }: Registered,
  batch: OpenedBatch,
  forgottenBefore: ReadonlySet<string>,
): Applied {
  const rows = new RowBatch(tables);
  const forgotten = new Set(forgottenBefore);
  const fenced = new Map<string, bigint>();
  let events = 0;
  const stopAt = (refusal: Refusal, position: bigint): Applied => {
    const { code, event } = refusal;
    rows.forget(new Set(fenced.keys()));
    const stopped = { code, event, position: refusal.position };
    return { advance: { projection: projection.name, position, stopped }, rows, fenced, events };
  };
  for (const event of batch.events) {
    try {
      for (const unit of unitsLeaving(event)) {
        forgotten.add(unit);
        fenced.set(unit, event.position);
      }
      const handler = handlerOf(projection, event.type);
      if (!handler) continue;
      rows.begin(event);
      handler(withoutForgotten(event, forgotten), rows);
      rows.accept();
      events += 1;
    } catch (error) {
      const reason = { code: stopCode(error), event: event.id, position: event.position };
      return stopAt(reason, before(batch, event.position));
    }
  }
  if (batch.refused && concerns(projection, batch.refused)) return stopAt(batch.refused, batch.through);
  rows.forget(new Set(fenced.keys()));
  return { advance: { projection: projection.name, position: batch.through }, rows, fenced, events };
}

/** The types that the projections want, and those that the runtime itself goes by. */
export function wantedTypes(projections: readonly Registered[]): Set<string> {
  return new Set([
    keysFencedType,
    keptUntilType,
    ...projections.flatMap(({ projection }) => Object.keys(projection.on)),
  ]);
}

function handlerOf(projection: Projection, type: string) {
  return Object.hasOwn(projection.on, type) ? projection.on[type] : undefined;
}

function concerns(projection: Projection, { type }: Refusal): boolean {
  return (
    type === undefined || type === keysFencedType || type === keptUntilType || handlerOf(projection, type) !== undefined
  );
}

function stopCode(error: unknown): string {
  return error instanceof RowError || error instanceof KeysFencedError ? errorCode(error) : 'projection-failed';
}

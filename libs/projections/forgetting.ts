import type { AnyOpened, ClosedSection, OpenedSection } from '@ardoise/sealing';
import type { PoolClient } from 'pg';
import { quoted, type ReadTable } from './read-table';

/** The event of the organisation's vault stream that names the units whose keys are about to be destroyed. */
export const keysFencedType = 'keys-fenced';

/**
 * Recorded under a unit that is kept beside an erasure: why, and until when. From there on what it holds is for those
 * alone who name that ground, and they read it from the log: it leaves the read models.
 */
export const keptUntilType = 'kept-until-recorded';

/** A `keys-fenced` event whose facts are not as they must be: nothing may pass it. */
export class KeysFencedError extends Error {
  override readonly name = 'KeysFencedError';
  readonly code = 'keys-fenced-malformed';
}

/** The units whose rows leave the read models with this event. @throws KeysFencedError */
export function unitsLeaving(event: AnyOpened): string[] {
  if (event.type === keysFencedType) return fencedUnits(event);
  if (event.type !== keptUntilType) return [];
  return Object.values(event.sections).flatMap((section) => (section ? [section.unit] : []));
}

function fencedUnits(event: AnyOpened): string[] {
  const { units } = event.facts;
  if (!Array.isArray(units)) throw new KeysFencedError(`event ${event.id} names no units`);
  return units.map((entry: unknown) => {
    const unit: unknown = Array.isArray(entry) ? entry[0] : undefined;
    if (typeof unit !== 'string' || !/^[0-9a-f]{32}$/.test(unit)) {
      throw new KeysFencedError(`event ${event.id} names something that is no unit`);
    }
    return unit;
  });
}

/**
 * The event as if the forgotten units had never been readable (invariant 10): it may have been opened before their
 * fence, or with a key from a cache.
 */
export function withoutForgotten(event: AnyOpened, forgotten: ReadonlySet<string>): AnyOpened {
  if (forgotten.size === 0) return event;
  const sections: { [role: string]: OpenedSection } = {};
  const closed: ClosedSection[] = [...event.closed];
  for (const role in event.sections) {
    const section = event.sections[role];
    if (!section) continue;
    if (forgotten.has(section.unit)) closed.push({ role, unit: section.unit, state: 'erased' });
    else sections[role] = section;
  }
  return closed.length === event.closed.length ? event : { ...event, sections, closed };
}

/** Which of the units that the events could be opened with are forgotten by now. */
export async function readForgotten(
  client: PoolClient,
  organisation: string,
  events: readonly AnyOpened[],
): Promise<Set<string>> {
  const units = new Set<string>();
  for (const event of events) {
    for (const role in event.sections) {
      const section = event.sections[role];
      if (section) units.add(section.unit);
    }
  }
  if (units.size === 0) return new Set();
  const { rows } = await client.query<{ unit: string }>(
    'SELECT unit FROM read.forgotten_units WHERE organisation = $1 AND unit = ANY($2)',
    [organisation, [...units]],
  );
  return new Set(rows.map(({ unit }) => unit));
}

/**
 * Deletes every row of the units from every registered table, also from those of projections that stand still, and
 * keeps the units' ids so that nothing brings them back (invariant 6).
 */
export async function forgetUnits(
  client: PoolClient,
  schema: string,
  tables: readonly ReadTable[],
  { organisation, units }: { organisation: string; units: ReadonlyMap<string, bigint> },
): Promise<void> {
  const ids = [...units.keys()];
  for (const table of tables) {
    const unit = table.columns[table.unit];
    if (!unit) continue;
    await client.query(
      `DELETE FROM ${schema}.${quoted(table.name)} WHERE organisation = $1 AND ${quoted(unit.name)} = ANY($2)`,
      [organisation, ids],
    );
  }
  await client.query(
    `INSERT INTO read.forgotten_units (organisation, unit, position)
     SELECT $1, unit, position FROM unnest($2::text[], $3::bigint[]) AS u(unit, position) ON CONFLICT DO NOTHING`,
    [organisation, ids, [...units.values()]],
  );
}

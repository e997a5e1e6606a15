import { unhurried } from '@ardoise/postgres';
import type { AnyOpened } from '@ardoise/sealing';
import type { PoolClient, QueryConfig } from 'pg';
import type { Generation } from './checkpoints';
import { type CategoryDay, Forgotten } from './forgetting';
import { liveSchema, quoted, type ReadTable, shadowSchema } from './read-table';

/** What ended in a batch, and at which position. */
export interface MetEnds {
  readonly units: ReadonlyMap<string, bigint>;
  readonly days: readonly (CategoryDay & { readonly position: bigint })[];
  /** Where the whole organisation ended. */
  readonly everything?: bigint;
}

/** The tables that forgetting goes over: those of one generation, also of projections that stand still. */
export interface ForgettingScope {
  readonly organisation: string;
  readonly generation: Generation;
  readonly tables: readonly ReadTable[];
}

export const schemaOf = (generation: Generation): string => (generation === 'live' ? liveSchema : shadowSchema);

/** What of that which the events could be opened with is forgotten by now. */
export async function readForgotten(
  client: PoolClient,
  organisation: string,
  events: readonly AnyOpened[],
): Promise<Forgotten> {
  const units = new Set<string>();
  const days = new Map<string, CategoryDay>();
  for (const event of events) {
    for (const role in event.sections) {
      const section = event.sections[role];
      if (!section) continue;
      const { unit, category, day } = section;
      units.add(unit);
      if (day !== undefined) days.set(`${day} ${category}`, { category, day });
    }
  }
  const asked = [...days.values()];
  const { rows } = await client.query<{ unit: string | null; category: string | null; day: string | null }>({
    name: 'read-forgotten',
    text: `SELECT unit, NULL AS category, NULL AS day FROM read.forgotten_units WHERE organisation = $1 AND unit = ANY($2)
     UNION ALL
     SELECT NULL, category, day::text FROM read.ended_days
      WHERE organisation = $1 AND (category, day) IN (SELECT * FROM unnest($3::text[], $4::date[]))
     UNION ALL
     SELECT NULL, NULL, NULL FROM read.ended_organisations WHERE organisation = $1`,
    values: [organisation, [...units], asked.map(({ category }) => category), asked.map(({ day }) => day)],
  });
  const forgotten = new Forgotten();
  for (const { unit, category, day } of rows) {
    if (unit !== null) forgotten.add({ units: [unit], days: [], everything: false });
    else if (category !== null && day !== null) {
      forgotten.add({ units: [], days: [{ category, day }], everything: false });
    } else forgotten.add({ units: [], days: [], everything: true });
  }
  return forgotten;
}

/** Which units rows of a day came from: the event that ends the day cannot name them all. */
export function rememberingDays(
  { organisation, generation }: ForgettingScope,
  units: ReadonlyMap<string, CategoryDay>,
): QueryConfig[] {
  if (units.size === 0) return [];
  const days = [...units.values()];
  const named = [days.map(({ category }) => category), days.map(({ day }) => day), [...units.keys()]];
  const text = `INSERT INTO read.day_units (organisation, generation, category, day, unit)
     SELECT $1, $2, category, day, unit FROM unnest($3::text[], $4::date[], $5::text[]) AS u(category, day, unit)
     ON CONFLICT DO NOTHING`;
  return [{ name: 'read-remember-days', text, values: [organisation, generation, ...named] }];
}

/** Deletes what has ended from every table, and keeps what it was so that nothing brings it back (invariant 6). */
export async function forget(client: PoolClient, scope: ForgettingScope, ends: MetEnds): Promise<void> {
  if (ends.everything !== undefined) return forgetEverything(client, scope, ends.everything);
  if (ends.units.size > 0) await forgetUnits(client, scope, ends.units);
  for (const day of ends.days) await forgetDay(client, scope, day);
}

async function forgetUnits(
  client: PoolClient,
  { organisation, generation, tables }: ForgettingScope,
  units: ReadonlyMap<string, bigint>,
): Promise<void> {
  const ids = [...units.keys()];
  for (const [table, unit] of ofUnits(tables)) {
    await client.query(`DELETE FROM ${schemaOf(generation)}.${table} WHERE organisation = $1 AND ${unit} = ANY($2)`, [
      organisation,
      ids,
    ]);
  }
  await client.query(
    `INSERT INTO read.forgotten_units (organisation, unit, position)
     SELECT $1, unit, position FROM unnest($2::text[], $3::bigint[]) AS u(unit, position) ON CONFLICT DO NOTHING`,
    [organisation, ids, [...units.values()]],
  );
}

/** In one statement for each table, however many units the day had. */
async function forgetDay(
  client: PoolClient,
  { organisation, generation, tables }: ForgettingScope,
  { category, day, position }: CategoryDay & { readonly position: bigint },
): Promise<void> {
  const named = [organisation, generation, category, day];
  const query = await unhurried(client);
  for (const [table, unit] of ofUnits(tables)) {
    await query(
      `DELETE FROM ${schemaOf(generation)}.${table} AS t USING read.day_units AS d
        WHERE d.organisation = $1 AND d.generation = $2 AND d.category = $3 AND d.day = $4
          AND t.organisation = d.organisation AND t.${unit} = d.unit`,
      named,
    );
  }
  await query(
    `DELETE FROM read.day_units WHERE organisation = $1 AND generation = $2 AND category = $3 AND day = $4`,
    named,
  );
  await client.query(
    `INSERT INTO read.ended_days (organisation, category, day, position) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [organisation, category, day, position],
  );
}

/** All rows, personal or not: what an organisation had here was kept for it, and it is gone. */
async function forgetEverything(
  client: PoolClient,
  { organisation, generation, tables }: ForgettingScope,
  position: bigint,
): Promise<void> {
  const query = await unhurried(client);
  for (const { name } of tables) {
    await query(`DELETE FROM ${schemaOf(generation)}.${quoted(name)} WHERE organisation = $1`, [organisation]);
  }
  await query('DELETE FROM read.day_units WHERE organisation = $1 AND generation = $2', [organisation, generation]);
  await client.query(
    'INSERT INTO read.ended_organisations (organisation, position) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [organisation, position],
  );
}

/** Table and unit column of each personal table, quoted. */
function ofUnits(tables: readonly ReadTable[]): [string, string][] {
  return tables.flatMap((table) => {
    const unit = table.columns[table.unit];
    return unit ? [[quoted(table.name), quoted(unit.name)] as [string, string]] : [];
  });
}

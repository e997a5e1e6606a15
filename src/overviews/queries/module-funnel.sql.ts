import type { DataSource } from 'typeorm';

/** One row for each learner first. Keys compare by their bytes, which sorts several times faster. */
const text = `SELECT module,
  count(*)::int AS opened,
  count(*) FILTER (WHERE reached >= 2)::int AS started,
  count(*) FILTER (WHERE reached >= 3)::int AS completed,
  sum(seconds)::float8 AS seconds
FROM (
  SELECT module COLLATE "C" AS module, max(reached) AS reached, sum(seconds) AS seconds
  FROM read.overview_modules
  WHERE organisation = $1 AND course = $2 AND counted
  GROUP BY module COLLATE "C", person COLLATE "C"
) AS learners
GROUP BY module`;

/** How many learners came how far in a module: who completed it has started it, who started it has opened it. */
export interface ModuleFunnel {
  readonly module: string;
  readonly opened: number;
  readonly started: number;
  readonly completed: number;
  readonly seconds: number;
}

export function moduleFunnel(database: DataSource, organisation: string, course: string): Promise<ModuleFunnel[]> {
  return database.query<ModuleFunnel[]>(text, [organisation, course]);
}

import type { DataSource } from 'typeorm';

const text = `SELECT enrolment, module, resource,
  min(occurred_at) FILTER (WHERE kind = 'opened') AS "openedAt",
  min(occurred_at) FILTER (WHERE kind = 'started') AS "startedAt",
  min(occurred_at) FILTER (WHERE kind = 'completed') AS "completedAt",
  count(*) FILTER (WHERE kind = 'opened')::int AS openings,
  coalesce(sum(seconds), 0)::int AS seconds
FROM read.learning_facts
WHERE organisation = $1 AND enrolment = ANY ($2) AND counted AND module IS NOT NULL
GROUP BY enrolment, module, resource
ORDER BY enrolment, module, resource NULLS FIRST`;

/** What counts of one module of one enrolment: of one resource of it, or of none (null). */
export interface ModuleProgress {
  readonly enrolment: string;
  readonly module: string;
  readonly resource: string | null;
  readonly openedAt: Date | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly openings: number;
  readonly seconds: number;
}

/** Sums the facts of enrolments up, leaving out what is annulled or parked. */
export function moduleProgress(
  database: DataSource,
  organisation: string,
  enrolments: readonly string[],
): Promise<ModuleProgress[]> {
  return database.query<ModuleProgress[]>(text, [organisation, enrolments]);
}

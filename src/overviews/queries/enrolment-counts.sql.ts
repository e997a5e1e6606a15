import type { DataSource } from 'typeorm';

const text = `SELECT
  count(*) FILTER (WHERE state <> 'refused')::int AS enrolled,
  count(*) FILTER (WHERE state = 'waiting')::int AS waiting,
  count(*) FILTER (WHERE confirmed)::int AS confirmed,
  count(*) FILTER (WHERE state IN ('confirmed', 'suspended'))::int AS active,
  count(*) FILTER (WHERE state = 'completed')::int AS completed,
  count(*) FILTER (WHERE state = 'failed')::int AS failed,
  count(*) FILTER (WHERE state IN ('withdrawn', 'no-show', 'cancelled'))::int AS "droppedOut",
  count(*) FILTER (WHERE state = 'withdrawn')::int AS withdrawn,
  count(*) FILTER (WHERE state = 'no-show')::int AS "noShow",
  count(*) FILTER (WHERE state = 'cancelled')::int AS cancelled
FROM read.overview_enrolments
WHERE organisation = $1 AND course = $2`;

export interface EnrolmentCounts {
  readonly enrolled: number;
  readonly waiting: number;
  readonly confirmed: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly droppedOut: number;
  readonly withdrawn: number;
  readonly noShow: number;
  readonly cancelled: number;
}

export async function enrolmentCounts(
  database: DataSource,
  organisation: string,
  course: string,
): Promise<EnrolmentCounts> {
  const [counts] = await database.query<EnrolmentCounts[]>(text, [organisation, course]);
  return counts as EnrolmentCounts;
}

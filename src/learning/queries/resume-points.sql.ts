import type { DataSource } from 'typeorm';

const text = `SELECT DISTINCT ON (enrolment) enrolment, event, module, resource, point, occurred_at AS "occurredAt"
FROM read.resume_points
WHERE organisation = $1 AND enrolment = ANY ($2) AND counted
ORDER BY enrolment, occurred_at DESC, version DESC`;

export interface LatestResumePoint {
  readonly enrolment: string;
  readonly event: string;
  readonly module: string;
  readonly resource: string | null;
  readonly point: string;
  readonly occurredAt: Date;
}

/** Where learners stopped: the latest by its own instant, whenever it was told (MVX-07). */
export function latestResumePoints(
  database: DataSource,
  organisation: string,
  enrolments: readonly string[],
): Promise<LatestResumePoint[]> {
  return database.query<LatestResumePoint[]>(text, [organisation, enrolments]);
}

import type { DataSource } from 'typeorm';

/** The maximum itself falls into the last tenth. Keys compare by their bytes, which sorts several times faster. */
const text = `SELECT assessment, tenth, count(*)::int AS attempts, sum(share) AS shares
FROM (
  SELECT assessment COLLATE "C" AS assessment,
    least(9, div(10 * score, maximum))::int AS tenth,
    score::float8 / maximum::float8 AS share
  FROM read.overview_scores
  WHERE organisation = $1 AND course = $2 AND counted
) AS grades
GROUP BY assessment, tenth`;

/** The attempts of an assessment whose score lies in one tenth of the maximum. */
export interface ScoreTenth {
  readonly assessment: string;
  /** 0 to 9. */
  readonly tenth: number;
  readonly attempts: number;
  /** Sum of their scores as shares of the maximum. */
  readonly shares: number;
}

export function scoreTenths(database: DataSource, organisation: string, course: string): Promise<ScoreTenth[]> {
  return database.query<ScoreTenth[]>(text, [organisation, course]);
}

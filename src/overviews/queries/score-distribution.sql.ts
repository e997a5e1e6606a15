import type { DataSource } from 'typeorm';

/** Learners and tenths of the maximum in one pass over the attempts; the maximum itself falls into the last tenth. */
const text = `SELECT assessment,
  sum(attempts)::int AS attempts,
  count(*)::int AS learners,
  count(*) FILTER (WHERE passed)::int AS "learnersPassed",
  (sum(share) / sum(attempts))::float8 AS "meanShare",
  ARRAY[${Array.from({ length: 10 }, (_, tenth) => `sum(tenth_${tenth})`).join(', ')}]::int[] AS tenths
FROM (
  SELECT assessment, person,
    count(*) AS attempts,
    bool_or(passed) AS passed,
    sum(score / maximum) AS share,
    ${Array.from({ length: 10 }, (_, tenth) => `count(*) FILTER (WHERE tenth = ${tenth}) AS tenth_${tenth}`).join(`,
    `)}
  FROM (
    SELECT assessment, person, passed, score::float8 AS score, maximum::float8 AS maximum,
      least(9, floor(10 * score / maximum))::int AS tenth
    FROM read.overview_scores
    WHERE organisation = $1 AND course = $2 AND counted
  ) AS grades
  GROUP BY assessment, person
) AS learners
GROUP BY assessment`;

export interface ScoreDistribution {
  readonly assessment: string;
  readonly attempts: number;
  readonly learners: number;
  readonly learnersPassed: number;
  /** Mean score as a share of the maximum. */
  readonly meanShare: number;
  /** Attempts by tenth of the maximum, the lowest first. */
  readonly tenths: readonly number[];
}

export function scoreDistribution(
  database: DataSource,
  organisation: string,
  course: string,
): Promise<ScoreDistribution[]> {
  return database.query<ScoreDistribution[]>(text, [organisation, course]);
}

import type { Assessment, CourseModule } from '../../courses/queries/course-catalogue';
import type { AttemptRow } from '../read-models/attempt.row';
import type { LearningFactRow } from '../read-models/learning-fact.row';
import type { ResumePointRow } from '../read-models/resume-point.row';
import type {
  AssessmentView,
  AttemptView,
  ModuleView,
  ParkedFactView,
  ResourceView,
  ResumePointView,
} from './learning-record.view';
import type { ModuleProgress } from './module-progress.sql';
import type { LatestResumePoint } from './resume-points.sql';

const iso = (instant: Date | string): string => new Date(instant).toISOString();

function earliest(instants: readonly (Date | null)[]): Date | undefined {
  return instants.filter((instant) => instant !== null).sort((one, other) => one.getTime() - other.getTime())[0];
}

/** @param progress the rows of this module */
export function moduleView({ key, title }: CourseModule, progress: readonly ModuleProgress[]): ModuleView {
  const openedAt = earliest(progress.map((row) => row.openedAt));
  const startedAt = earliest(progress.map((row) => row.startedAt));
  const completedAt = earliest(progress.map((row) => row.completedAt));
  const resources = progress.flatMap(({ resource, openings, seconds }): ResourceView[] =>
    resource === null ? [] : [{ resource, openings, seconds }],
  );
  return {
    key,
    title,
    state: completedAt ? 'completed' : startedAt ? 'started' : openedAt ? 'opened' : 'not-started',
    ...(openedAt ? { openedAt: iso(openedAt) } : {}),
    ...(startedAt ? { startedAt: iso(startedAt) } : {}),
    ...(completedAt ? { completedAt: iso(completedAt) } : {}),
    openings: progress.reduce((sum, { openings }) => sum + openings, 0),
    seconds: secondsOf(progress),
    resources,
  };
}

export function secondsOf(progress: readonly ModuleProgress[]): number {
  return progress.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** @param rows the attempts of this assessment, oldest first */
export function assessmentView(assessment: Assessment, rows: readonly AttemptRow[]): AssessmentView {
  const { key, title, kind, maximumScore, passMark } = assessment;
  const grades = rows.filter((row) => row.kind === 'graded' && row.counted);
  const scores = grades.map(({ score }) => Number(score));
  return {
    key,
    title,
    kind,
    maximumScore,
    passMark,
    passed: grades.some(({ passed }) => passed),
    ...(scores.length > 0 ? { bestScore: Math.max(...scores) } : {}),
    attempts: [...new Set(rows.map(({ attempt }) => attempt))].map((id) =>
      attemptView(rows.filter(({ attempt }) => attempt === id)),
    ),
  };
}

/** An attempt by its grade; by its submission while there is no grade that was not annulled. */
function attemptView(rows: readonly AttemptRow[]): AttemptView {
  const grades = rows.filter(({ kind }) => kind === 'graded');
  const shown = grades.find(({ annulled }) => !annulled) ?? rows.find(({ annulled }) => !annulled) ?? rows.at(-1);
  const row = shown as AttemptRow;
  const submittedAt = rows.find((each) => each.submittedAt !== null)?.submittedAt;
  const grade = row.kind === 'graded' ? gradeOf(row) : {};
  const { attempt, kind: state, event, standing, counted, annulled, corrected } = row;
  const submitted = submittedAt ? { submittedAt: iso(submittedAt) } : {};
  return { attempt, state, event, ...submitted, ...grade, standing, counted, annulled, corrected };
}

function gradeOf({ occurredAt, score, maximum, passed }: AttemptRow): Partial<AttemptView> {
  return { gradedAt: iso(occurredAt), score: Number(score), maximum: Number(maximum), passed: passed === true };
}

export function resumePointView({ module, resource, point, occurredAt, event }: LatestResumePoint): ResumePointView {
  return { module, ...(resource === null ? {} : { resource }), point, occurredAt: iso(occurredAt), event };
}

type AnyFactRow = LearningFactRow | AttemptRow | ResumePointRow;

export function parkedView(row: AnyFactRow): ParkedFactView {
  const { event, occurredAt, decision } = row;
  const kind = 'kind' in row ? row.kind : 'resume-point';
  const module = 'module' in row && row.module !== null ? { module: row.module } : {};
  const assessment = 'assessment' in row ? { assessment: row.assessment } : {};
  const decided = decision === null ? {} : { decision };
  return { event, kind, ...module, ...assessment, occurredAt: iso(occurredAt), ...decided };
}

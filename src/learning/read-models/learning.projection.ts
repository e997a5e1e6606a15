import { when, type Projection, type RowWriter } from '@ardoise/projections';
import type { OpenedEnvelope, OpenedSection } from '@ardoise/sealing';
import {
  attemptGraded,
  attemptSubmitted,
  learningCorrected,
  learningFinished,
  moduleCompleted,
  moduleOpened,
  moduleStarted,
  parkedFactDecided,
  resumePointRecorded,
  timeRecorded,
  type LearningOpened,
} from '../domain/events';
import { AttemptRow } from './attempt.row';
import { LearningFactRow } from './learning-fact.row';
import { ResumePointRow } from './resume-point.row';

type Opened<T extends LearningOpened['type']> = Extract<LearningOpened, { readonly type: T }>;
type Learner = Omit<OpenedSection, 'fields'> & {
  readonly fields: { readonly enrolment: string; readonly course: string; readonly standing?: string };
};

/** What a row says of any fact. */
function factColumns({ organisation, id, recordedAt, version }: OpenedEnvelope, learner: Learner) {
  const { unit, person, occurredAt, source, fields } = learner;
  const { enrolment, course, standing = 'regular' } = fields;
  const judged = { standing, decision: null, annulled: false, corrected: false, counted: standing !== 'parked' };
  return {
    organisation,
    event: id,
    unit,
    person,
    enrolment,
    course,
    ...judged,
    occurredAt,
    recordedAt,
    version,
    source,
  };
}

type ModuleFact = Opened<'module-opened' | 'module-started' | 'module-completed' | 'time-recorded'>;

const moduleFact =
  (kind: string) =>
  (event: ModuleFact, write: RowWriter): void => {
    const { learner } = event.sections;
    if (!learner) return;
    const { fields } = learner;
    const { module, resource = null } = fields;
    const seconds = 'seconds' in fields ? fields.seconds : null;
    write.put(LearningFactRow, { ...factColumns(event, learner), kind, module, resource, seconds });
  };

function finished(event: Opened<'learning-finished'>, write: RowWriter): void {
  const { learner } = event.sections;
  if (!learner) return;
  const nothing = { module: null, resource: null, seconds: null };
  write.put(LearningFactRow, { ...factColumns(event, learner), kind: 'finished', ...nothing });
}

function resumePoint(event: Opened<'resume-point-recorded'>, write: RowWriter): void {
  const { learner } = event.sections;
  if (!learner) return;
  const { module, resource = null, point } = learner.fields;
  write.put(ResumePointRow, { ...factColumns(event, learner), module, resource, point });
}

function submitted(event: Opened<'attempt-submitted'>, write: RowWriter): void {
  const { learner } = event.sections;
  if (!learner) return;
  const { attempt, assessment } = learner.fields;
  const ungraded = { score: null, maximum: null, passed: null, submittedAt: learner.occurredAt };
  write.put(AttemptRow, { ...factColumns(event, learner), kind: 'submitted', attempt, assessment, ...ungraded });
}

function graded(event: Opened<'attempt-graded'>, write: RowWriter): void {
  const { learner } = event.sections;
  if (!learner) return;
  const { attempt, assessment, score, maximum, passed, submittedAt = null } = learner.fields;
  const grade = { score: decimal(score), maximum: decimal(maximum), passed, submittedAt };
  write.put(AttemptRow, { ...factColumns(event, learner), kind: 'graded', attempt, assessment, ...grade });
}

/** The correction says the fact's whole result; a patch of a table that has no such row changes nothing. */
function corrected({ organisation, sections: { learner } }: Opened<'learning-corrected'>, write: RowWriter): void {
  if (!learner) return;
  const { fact, result } = learner.fields;
  const { annulled, counted, module, seconds, score, passed } = result;
  const key = { organisation, event: fact };
  const judged = { annulled, counted, corrected: true };
  if (module === undefined) {
    const grade = score === undefined || passed === undefined ? {} : { score: decimal(score), passed };
    write.patch(AttemptRow, key, { ...judged, ...grade });
    return;
  }
  write.patch(LearningFactRow, key, { ...judged, module, ...(seconds === undefined ? {} : { seconds }) });
  write.patch(ResumePointRow, key, { ...judged, module });
}

function decided({ organisation, sections: { learner } }: Opened<'parked-fact-decided'>, write: RowWriter): void {
  if (!learner) return;
  const { fact, accepted } = learner.fields;
  const decision = { decision: accepted ? 'accepted' : 'refused', counted: accepted };
  for (const entity of [LearningFactRow, AttemptRow, ResumePointRow]) {
    write.patch<LearningFactRow | AttemptRow | ResumePointRow>(entity, { organisation, event: fact }, decision);
  }
}

/** As text, and never with an exponent, which a column of decimals does not take. */
function decimal(value: number): string {
  return value.toFixed(9);
}

export const learningProjection: Projection = {
  name: 'learning',
  version: 1,
  tables: [LearningFactRow, AttemptRow, ResumePointRow],
  on: {
    ...when(moduleOpened, moduleFact('opened')),
    ...when(moduleStarted, moduleFact('started')),
    ...when(moduleCompleted, moduleFact('completed')),
    ...when(timeRecorded, moduleFact('time')),
    ...when(resumePointRecorded, resumePoint),
    ...when(attemptSubmitted, submitted),
    ...when(attemptGraded, graded),
    ...when(learningFinished, finished),
    ...when(learningCorrected, corrected),
    ...when(parkedFactDecided, decided),
  },
};

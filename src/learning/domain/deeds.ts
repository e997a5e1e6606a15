import { conflict, invalid, never, type Moment } from '@ardoise/decider';
import type { Circumstances, Deed, GradeAttempt, RecordModuleAct, RecordResumePoint, RecordTime } from './commands';
import type { LearningEvent } from './events';
import { findFact, resultOf, type Fact, type FactList } from './fact';
import { assessmentOf, checkModule, checkScore, placeOf, said, standingNow } from './saying';

/** What a learner did, as an event. @throws Refusal */
export function decideDeed(
  command: Deed & Circumstances,
  facts: FactList | undefined,
  { occurredAt }: Moment,
): LearningEvent {
  switch (command.type) {
    case 'submit-attempt': {
      const { assessment, attempt } = command;
      assessmentOf(command, assessment);
      const standing = standingNow(command, occurredAt);
      return said('attempt-submitted', command, occurredAt, { ...placeOf(command), assessment, attempt, standing });
    }
    case 'grade-attempt':
      return decideGrade(command, facts, occurredAt);
    default:
      return decideModuleFact(command, occurredAt);
  }
}

type ModuleFact = RecordModuleAct | RecordTime | RecordResumePoint;

function decideModuleFact(command: ModuleFact & Circumstances, occurredAt: string): LearningEvent {
  const { module, resource } = command;
  checkModule(command, module);
  const standing = standingNow(command, occurredAt);
  const fields = { ...placeOf(command), module, ...(resource === undefined ? {} : { resource }), standing };
  switch (command.type) {
    case 'record-module-act':
      return said(`module-${command.act}`, command, occurredAt, fields);
    case 'record-time':
      return said('time-recorded', command, occurredAt, { ...fields, seconds: command.seconds });
    case 'record-resume-point':
      return said('resume-point-recorded', command, occurredAt, { ...fields, point: command.point });
    default:
      return never(command);
  }
}

function decideGrade(
  command: GradeAttempt & Circumstances,
  facts: FactList | undefined,
  occurredAt: string,
): LearningEvent {
  const { assessment, score, newAttempt, attempt = newAttempt } = command;
  const { maximumScore: maximum, passMark } = assessmentOf(command, assessment);
  checkScore(score, maximum);
  const submitted = command.attempt === undefined ? undefined : submissionOf(command.attempt, assessment, facts);
  const submittedAt = submitted?.occurredAt ?? command.submittedAt;
  if (submittedAt !== undefined && submittedAt > occurredAt) {
    throw invalid('graded-before-submitted', 'an attempt is graded after it was submitted', '/submittedAt');
  }
  return said('attempt-graded', command, occurredAt, {
    ...placeOf(command),
    assessment,
    attempt,
    score,
    maximum,
    passed: score >= passMark,
    ...(submittedAt === undefined ? {} : { submittedAt }),
    standing: standingNow(command, submittedAt ?? occurredAt),
  });
}

/** The submission that is to be graded: it is there, and has no grade yet. */
function submissionOf(attempt: string, assessment: string, facts: FactList | undefined): Fact {
  const found = (kind: Fact['kind']) =>
    findFact(facts, (fact) => fact.kind === kind && fact.attempt === attempt && !resultOf(fact).annulled);
  const submitted = found('submitted');
  if (!submitted) throw invalid('attempt-unknown', 'must be an attempt that was submitted', '/attempt');
  if (submitted.assessment !== assessment) {
    throw invalid('attempt-of-another-assessment', 'must be the assessment of that attempt', '/assessment');
  }
  if (found('graded')) {
    throw conflict('attempt-graded-already', 'this attempt has a grade, which can be corrected', '/attempt');
  }
  return submitted;
}

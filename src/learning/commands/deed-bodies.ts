import { CommandBody, Id, Instant, Int, Key, Num, Text } from '@ardoise/http';
import { mostSeconds } from '../domain/events';
import type { GradeAttempt, RecordModuleAct, RecordResumePoint, RecordTime } from '../domain/commands';

export class ModuleActBody extends CommandBody {
  @Key({ description: 'A module of the course.' })
  module: string;

  @Text({ optional: true, max: 200, description: "The frontend's own name of a part of the module." })
  resource?: string;
}

export class TimeBody extends ModuleActBody {
  @Int({ min: 1, max: mostSeconds })
  seconds: number;
}

export class ResumePointBody extends ModuleActBody {
  @Text({ max: 500, description: "The place, in the frontend's own words; it comes back as it was given." })
  point: string;
}

export class SubmissionBody extends CommandBody {
  @Key({ description: 'An assessment of the course.' })
  assessment: string;
}

export class GradeBody extends CommandBody {
  @Key({ description: 'An assessment of the course.' })
  assessment: string;

  @Num({ description: "At most the assessment's maximum." })
  score: number;

  @Id({ optional: true, description: 'An attempt that was submitted; where none is named, the grade is of a new one.' })
  attempt?: string;

  @Instant({ optional: true, description: 'When it was handed in, where that was not recorded as a submission.' })
  submittedAt?: string;
}

const resourceOf = ({ resource }: ModuleActBody) => (resource === undefined ? {} : { resource });

export function moduleActOf(act: RecordModuleAct['act'], body: ModuleActBody): RecordModuleAct {
  return { type: 'record-module-act', act, module: body.module, ...resourceOf(body) };
}

export function timeOf(body: TimeBody): RecordTime {
  return { type: 'record-time', module: body.module, seconds: body.seconds, ...resourceOf(body) };
}

export function resumePointOf(body: ResumePointBody): RecordResumePoint {
  return { type: 'record-resume-point', module: body.module, point: body.point, ...resourceOf(body) };
}

export function gradeOf(body: GradeBody): Omit<GradeAttempt, 'newAttempt'> {
  const { assessment, score, attempt, submittedAt } = body;
  return {
    type: 'grade-attempt',
    assessment,
    score,
    ...(attempt === undefined ? {} : { attempt }),
    ...(submittedAt === undefined ? {} : { submittedAt: new Date(submittedAt).toISOString() }),
  };
}

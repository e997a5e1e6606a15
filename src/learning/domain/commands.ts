import type { CourseDefinition } from '../../courses/domain/events';
import type { CorrectionAction } from '../../platform/corrections';
import type { Enrolled } from '../../platform/late-facts';

/** The enrolment that is learned under, as its own capability knows it at the moment of the command. */
export interface LearnersEnrolment extends Enrolled {
  readonly id: string;
  readonly person: string;
  readonly course: string;
  /** A place was given, or was until the enrolment ended. */
  readonly confirmed: boolean;
}

/** What every command is decided against, beside the stream itself. */
export interface Circumstances {
  readonly enrolment: LearnersEnrolment;
  readonly definition: CourseDefinition;
}

export interface RecordModuleAct {
  readonly type: 'record-module-act';
  readonly act: 'opened' | 'started' | 'completed';
  readonly module: string;
  readonly resource?: string;
}

export interface RecordTime {
  readonly type: 'record-time';
  readonly module: string;
  readonly resource?: string;
  readonly seconds: number;
}

export interface RecordResumePoint {
  readonly type: 'record-resume-point';
  readonly module: string;
  readonly resource?: string;
  readonly point: string;
}

export interface SubmitAttempt {
  readonly type: 'submit-attempt';
  readonly assessment: string;
  /** Id of the attempt that this begins. */
  readonly attempt: string;
}

export interface GradeAttempt {
  readonly type: 'grade-attempt';
  readonly assessment: string;
  readonly score: number;
  /** An attempt that was submitted. */
  readonly attempt?: string;
  /** Id of the attempt where none is named: it was never told that it was submitted. */
  readonly newAttempt: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly submittedAt?: string;
}

export interface CorrectLearning {
  readonly type: 'correct';
  /** Id of the event that was wrong. */
  readonly event: string;
  readonly action: CorrectionAction;
  readonly module?: string;
  readonly seconds?: number;
  readonly score?: number;
  readonly reason: string;
  /** The person who corrects. */
  readonly author?: string;
}

export interface DecideParkedFact {
  readonly type: 'decide-parked';
  readonly fact: string;
  readonly accepted: boolean;
  readonly reason?: string;
  readonly author?: string;
}

/** What a learner did. */
export type Deed = RecordModuleAct | RecordTime | RecordResumePoint | SubmitAttempt | GradeAttempt;

/** What is said of the learning of one enrolment. */
export type Saying = Deed | CorrectLearning | DecideParkedFact;

export type LearningCommand = Saying & Circumstances;

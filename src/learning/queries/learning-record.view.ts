import { ApiProperty } from '@nestjs/swagger';
import { assessmentKinds } from '../../courses/domain/events';
import { standings } from '../../platform/late-facts';

export const moduleStates = ['not-started', 'opened', 'started', 'completed'] as const;

export class ResumePointView {
  @ApiProperty()
  module: string;

  @ApiProperty({ required: false })
  resource?: string;

  @ApiProperty({ description: 'As the frontend gave it.' })
  point: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ description: 'The event that recorded it.' })
  event: string;
}

export class ResourceView {
  @ApiProperty()
  resource: string;

  @ApiProperty({ type: 'integer' })
  openings: number;

  @ApiProperty({ type: 'integer', description: 'Time spent on it.' })
  seconds: number;
}

export class ModuleView {
  @ApiProperty()
  key: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ enum: moduleStates })
  state: (typeof moduleStates)[number];

  @ApiProperty({ required: false, format: 'date-time' })
  openedAt?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  startedAt?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  completedAt?: string;

  @ApiProperty({ type: 'integer' })
  openings: number;

  @ApiProperty({ type: 'integer', description: 'Time spent on it, resources included.' })
  seconds: number;

  @ApiProperty({ type: [ResourceView] })
  resources: ResourceView[];
}

export class AttemptView {
  @ApiProperty()
  attempt: string;

  @ApiProperty({ enum: ['submitted', 'graded'] })
  state: string;

  @ApiProperty({ description: 'The event of the grade, or of the submission while there is none: what to correct.' })
  event: string;

  @ApiProperty({ required: false, format: 'date-time' })
  submittedAt?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  gradedAt?: string;

  @ApiProperty({ required: false })
  score?: number;

  @ApiProperty({ required: false, description: 'The maximum of that time.' })
  maximum?: number;

  @ApiProperty({ required: false })
  passed?: boolean;

  @ApiProperty({ enum: standings })
  standing: string;

  @ApiProperty({ description: 'Neither annulled nor parked without being accepted.' })
  counted: boolean;

  @ApiProperty()
  annulled: boolean;

  @ApiProperty()
  corrected: boolean;
}

export class AssessmentView {
  @ApiProperty()
  key: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ enum: assessmentKinds })
  kind: string;

  @ApiProperty()
  maximumScore: number;

  @ApiProperty()
  passMark: number;

  @ApiProperty({ description: 'By an attempt that counts.' })
  passed: boolean;

  @ApiProperty({ required: false, description: 'Of the attempts that count.' })
  bestScore?: number;

  @ApiProperty({ type: [AttemptView], description: 'All of them, oldest first, also those that do not count.' })
  attempts: AttemptView[];
}

export class ParkedFactView {
  @ApiProperty({ description: 'What a decision names.' })
  event: string;

  @ApiProperty()
  kind: string;

  @ApiProperty({ required: false })
  module?: string;

  @ApiProperty({ required: false })
  assessment?: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ required: false, enum: ['refused'], description: 'Absent while nothing is decided.' })
  decision?: string;
}

export class LearningRecordView {
  @ApiProperty()
  enrolment: string;

  @ApiProperty()
  course: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ type: [ModuleView] })
  modules: ModuleView[];

  @ApiProperty({ type: [AssessmentView] })
  assessments: AssessmentView[];

  @ApiProperty({ type: ResumePointView, required: false })
  resumePoint?: ResumePointView;

  @ApiProperty({ type: 'integer', description: 'Time spent, all in all.' })
  seconds: number;

  @ApiProperty({ description: 'Whether all modules are done and every final exam is passed, by what counts now.' })
  achieved: boolean;

  @ApiProperty({
    required: false,
    format: 'date-time',
    description: 'When the learning was finished. It stays when a later correction takes `achieved` back.',
  })
  finishedAt?: string;

  @ApiProperty({ type: [ParkedFactView], description: 'Facts outside the time of the enrolment that do not count.' })
  parked: ParkedFactView[];
}

/** Everything that a person learned, by enrolment. */
export class PersonLearningView {
  @ApiProperty()
  person: string;

  @ApiProperty({ type: [LearningRecordView] })
  enrolments: LearningRecordView[];
}

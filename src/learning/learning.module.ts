import { Module } from '@nestjs/common';
import { CoursesModule } from '../courses/courses.module';
import { EnrolmentsModule } from '../enrolments/enrolments.module';
import { PersonsModule } from '../persons/persons.module';
import type { Capability } from '../platform/capability';
import { CorrectLearningHandler } from './commands/correct-learning/correct-learning.handler';
import { CorrectLearningHttp } from './commands/correct-learning/correct-learning.http';
import { DecideParkedFactHandler } from './commands/decide-parked-fact/decide-parked-fact.handler';
import { DecideParkedFactHttp } from './commands/decide-parked-fact/decide-parked-fact.http';
import { GradeAttemptHandler } from './commands/grade-attempt/grade-attempt.handler';
import { GradeAttemptHttp } from './commands/grade-attempt/grade-attempt.http';
import { LearningDesk } from './commands/learning-desk';
import { RecordLearningBatchHandler } from './commands/record-learning-batch/record-learning-batch.handler';
import { RecordLearningBatchHttp } from './commands/record-learning-batch/record-learning-batch.http';
import { RecordModuleActHandler } from './commands/record-module-act/record-module-act.handler';
import { RecordModuleActHttp } from './commands/record-module-act/record-module-act.http';
import { RecordResumePointHandler } from './commands/record-resume-point/record-resume-point.handler';
import { RecordResumePointHttp } from './commands/record-resume-point/record-resume-point.http';
import { RecordTimeHandler } from './commands/record-time/record-time.handler';
import { RecordTimeHttp } from './commands/record-time/record-time.http';
import { SubmitAttemptHandler } from './commands/submit-attempt/submit-attempt.handler';
import { SubmitAttemptHttp } from './commands/submit-attempt/submit-attempt.http';
import { learningEvents } from './domain/events';
import { learning as learningDecider } from './domain/learning';
import { LearningRecords } from './queries/learning-records';
import { LearningRecordsHttp } from './queries/learning-records.http';
import { learningProjection } from './read-models/learning.projection';

@Module({
  imports: [CoursesModule, EnrolmentsModule, PersonsModule],
  controllers: [
    LearningRecordsHttp,
    RecordModuleActHttp,
    RecordTimeHttp,
    RecordResumePointHttp,
    SubmitAttemptHttp,
    GradeAttemptHttp,
    CorrectLearningHttp,
    DecideParkedFactHttp,
    RecordLearningBatchHttp,
  ],
  providers: [
    LearningDesk,
    LearningRecords,
    RecordModuleActHandler,
    RecordTimeHandler,
    RecordResumePointHandler,
    SubmitAttemptHandler,
    GradeAttemptHandler,
    CorrectLearningHandler,
    DecideParkedFactHandler,
    RecordLearningBatchHandler,
  ],
  exports: [LearningRecords, LearningDesk],
})
export class LearningModule {}

export const learning: Capability = {
  name: 'learning',
  events: learningEvents,
  projections: [learningProjection],
  reactions: [],
  deciders: [learningDecider],
  module: LearningModule,
};

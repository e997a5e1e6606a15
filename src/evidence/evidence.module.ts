import { Module } from '@nestjs/common';
import { CoursesModule } from '../courses/courses.module';
import { EnrolmentsModule } from '../enrolments/enrolments.module';
import { PersonsModule } from '../persons/persons.module';
import type { Capability } from '../platform/capability';
import { evidenceEvents } from './domain/events';
import { evidence as evidenceDecider } from './domain/evidence';
import { EvidenceHttp } from './queries/evidence.http';
import { EvidenceRetention } from './reactions/evidence-retention';
import { KeepResults } from './reactions/keep-results.reaction';
import { keptResultsProjection } from './read-models/kept-results.projection';

@Module({
  imports: [CoursesModule, EnrolmentsModule, PersonsModule],
  controllers: [EvidenceHttp],
  providers: [KeepResults, EvidenceRetention],
})
export class EvidenceModule {}

export const evidence: Capability = {
  name: 'evidence',
  events: evidenceEvents,
  projections: [keptResultsProjection],
  reactions: [KeepResults],
  deciders: [evidenceDecider],
  participants: [EvidenceRetention],
  module: EvidenceModule,
};

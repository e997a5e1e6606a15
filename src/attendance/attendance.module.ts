import { Module } from '@nestjs/common';
import { EnrolmentsModule } from '../enrolments/enrolments.module';
import type { Capability } from '../platform/capability';
import { AttendanceDesk } from './commands/attendance-desk';
import { CorrectPresenceHandler } from './commands/correct-presence/correct-presence.handler';
import { CorrectPresenceHttp } from './commands/correct-presence/correct-presence.http';
import { DecideParkedPresenceHandler } from './commands/decide-parked-presence/decide-parked-presence.handler';
import { DecideParkedPresenceHttp } from './commands/decide-parked-presence/decide-parked-presence.http';
import { RecordPresenceHandler } from './commands/record-presence/record-presence.handler';
import { RecordPresenceHttp } from './commands/record-presence/record-presence.http';
import { attendance as attendanceDecider } from './domain/attendance';
import { attendanceEvents } from './domain/events';
import { PresencesHttp } from './queries/presences.http';
import { presencesProjection } from './read-models/presences.projection';

@Module({
  imports: [EnrolmentsModule],
  controllers: [PresencesHttp, RecordPresenceHttp, CorrectPresenceHttp, DecideParkedPresenceHttp],
  providers: [AttendanceDesk, RecordPresenceHandler, CorrectPresenceHandler, DecideParkedPresenceHandler],
})
export class AttendanceModule {}

export const attendance: Capability = {
  name: 'attendance',
  events: attendanceEvents,
  projections: [presencesProjection],
  reactions: [],
  deciders: [attendanceDecider],
  module: AttendanceModule,
};

import { Module } from '@nestjs/common';
import { CoursesModule } from '../courses/courses.module';
import type { Capability } from '../platform/capability';
import { AssignTrainerHandler } from './commands/assign-trainer/assign-trainer.handler';
import { AssignTrainerHttp } from './commands/assign-trainer/assign-trainer.http';
import { CancelSessionHandler } from './commands/cancel-session/cancel-session.handler';
import { CancelSessionHttp } from './commands/cancel-session/cancel-session.http';
import { ConfirmSeatHandler } from './commands/confirm-seat/confirm-seat.handler';
import { HoldSeatHandler } from './commands/hold-seat/hold-seat.handler';
import { LapseSeatsHandler } from './commands/lapse-seats/lapse-seats.handler';
import { OpenSessionHandler } from './commands/open-session/open-session.handler';
import { OpenSessionHttp } from './commands/open-session/open-session.http';
import { ReleaseSeatHandler } from './commands/release-seat/release-seat.handler';
import { ReleaseTrainerHandler } from './commands/release-trainer/release-trainer.handler';
import { ReleaseTrainerHttp } from './commands/release-trainer/release-trainer.http';
import { ReviseSessionHandler } from './commands/revise-session/revise-session.handler';
import { ReviseSessionHttp } from './commands/revise-session/revise-session.http';
import { SetAnswerPeriodHandler } from './commands/set-answer-period/set-answer-period.handler';
import { SetAnswerPeriodHttp } from './commands/set-answer-period/set-answer-period.http';
import { sessionEvents } from './domain/events';
import { session } from './domain/session';
import { SessionCalendar } from './queries/session-calendar';
import { SessionReader } from './queries/session-reader';
import { SessionsHttp } from './queries/sessions.http';
import { sessionsProjection } from './read-models/sessions.projection';
import { SeatLapser } from './seat-lapser';
import { Seats } from './seats';

@Module({
  imports: [CoursesModule],
  controllers: [
    SessionsHttp,
    OpenSessionHttp,
    ReviseSessionHttp,
    CancelSessionHttp,
    SetAnswerPeriodHttp,
    AssignTrainerHttp,
    ReleaseTrainerHttp,
  ],
  providers: [
    OpenSessionHandler,
    ReviseSessionHandler,
    CancelSessionHandler,
    AssignTrainerHandler,
    ReleaseTrainerHandler,
    HoldSeatHandler,
    ConfirmSeatHandler,
    ReleaseSeatHandler,
    LapseSeatsHandler,
    SetAnswerPeriodHandler,
    SessionCalendar,
    SessionReader,
    Seats,
    SeatLapser,
  ],
  exports: [SessionCalendar, Seats, SeatLapser],
})
export class SessionsModule {}

export const sessions: Capability = {
  name: 'sessions',
  events: sessionEvents,
  projections: [sessionsProjection],
  reactions: [],
  deciders: [session],
  module: SessionsModule,
};

import { Module } from '@nestjs/common';
import { processDecider } from '@ardoise/decider';
import { CoursesModule } from '../courses/courses.module';
import { PersonsModule } from '../persons/persons.module';
import type { Capability } from '../platform/capability';
import { SessionsModule } from '../sessions/sessions.module';
import { Admission } from './commands/admission';
import { AnswerOfferHandler } from './commands/answer-offer/answer-offer.handler';
import { AnswerOfferHttp } from './commands/answer-offer/answer-offer.http';
import { ApproveEnrolmentHandler } from './commands/approve-enrolment/approve-enrolment.handler';
import { ApproveEnrolmentHttp } from './commands/approve-enrolment/approve-enrolment.http';
import { AssignSeatHandler } from './commands/assign-seat/assign-seat.handler';
import { ChangeStandingHandler } from './commands/change-standing/change-standing.handler';
import { ChangeStandingHttp } from './commands/change-standing/change-standing.http';
import { CorrectEnrolmentHandler } from './commands/correct-enrolment/correct-enrolment.handler';
import { CorrectEnrolmentHttp } from './commands/correct-enrolment/correct-enrolment.http';
import { DecideEnrolmentHandler } from './commands/decide-enrolment/decide-enrolment.handler';
import { EndEnrolmentHandler } from './commands/end-enrolment/end-enrolment.handler';
import { EndEnrolmentHttp } from './commands/end-enrolment/end-enrolment.http';
import { LinkInvoiceHandler } from './commands/link-invoice/link-invoice.handler';
import { LinkInvoiceHttp } from './commands/link-invoice/link-invoice.http';
import { RecordRealisedHoursHandler } from './commands/record-realised-hours/record-realised-hours.handler';
import { RecordRealisedHoursHttp } from './commands/record-realised-hours/record-realised-hours.http';
import { RequestEnrolmentHandler } from './commands/request-enrolment/request-enrolment.handler';
import { RequestEnrolmentHttp } from './commands/request-enrolment/request-enrolment.http';
import { RequestEnrolmentsHttp } from './commands/request-enrolments/request-enrolments.http';
import { TransferEnrolmentHandler } from './commands/transfer-enrolment/transfer-enrolment.handler';
import { TransferEnrolmentHttp } from './commands/transfer-enrolment/transfer-enrolment.http';
import { enrolment } from './domain/enrolment';
import { enrolmentEvents } from './domain/events';
import { offer } from './domain/offer';
import { offerEvents } from './domain/offer-events';
import { CompletionReaction } from './process/completion.reaction';
import { PlaceOffers } from './process/place-offers';
import { PromotionReaction } from './process/promotion.reaction';
import { ReleaseReaction } from './process/release.reaction';
import { SeatKeeper } from './process/seat-keeper';
import { Seating } from './process/seating';
import { SeatingReaction } from './process/seating.reaction';
import { Stays } from './process/stays';
import { Steps } from './process/steps';
import { EnrolmentFinder } from './queries/enrolment-finder';
import { EnrolmentLists } from './queries/enrolment-lists';
import { EnrolmentRegister } from './queries/enrolment-register';
import { EnrolmentsHttp } from './queries/enrolments.http';
import { OfferRegister } from './queries/offer-register';
import { OfferHttp } from './queries/offer.http';
import { enrolmentsProjection } from './read-models/enrolments.projection';

const reactions = [SeatingReaction, PromotionReaction, ReleaseReaction, CompletionReaction];

@Module({
  imports: [CoursesModule, SessionsModule, PersonsModule],
  controllers: [
    EnrolmentsHttp,
    OfferHttp,
    AnswerOfferHttp,
    ApproveEnrolmentHttp,
    ChangeStandingHttp,
    CorrectEnrolmentHttp,
    EndEnrolmentHttp,
    LinkInvoiceHttp,
    RecordRealisedHoursHttp,
    RequestEnrolmentHttp,
    RequestEnrolmentsHttp,
    TransferEnrolmentHttp,
  ],
  providers: [
    AnswerOfferHandler,
    ApproveEnrolmentHandler,
    AssignSeatHandler,
    ChangeStandingHandler,
    CorrectEnrolmentHandler,
    DecideEnrolmentHandler,
    EndEnrolmentHandler,
    LinkInvoiceHandler,
    RecordRealisedHoursHandler,
    RequestEnrolmentHandler,
    TransferEnrolmentHandler,
    Admission,
    EnrolmentFinder,
    EnrolmentLists,
    EnrolmentRegister,
    OfferRegister,
    Steps,
    Stays,
    Seating,
    SeatKeeper,
    PlaceOffers,
    ...reactions,
  ],
  exports: [EnrolmentRegister, OfferRegister],
})
export class EnrolmentsModule {}

export const enrolments: Capability = {
  name: 'enrolments',
  events: [...enrolmentEvents, ...offerEvents],
  projections: [enrolmentsProjection],
  reactions,
  processManagers: [PlaceOffers],
  deciders: [enrolment, processDecider(offer)],
  participants: [SeatKeeper],
  module: EnrolmentsModule,
};

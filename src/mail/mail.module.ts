import { Module } from '@nestjs/common';
import { CoursesModule } from '../courses/courses.module';
import { EnrolmentsModule } from '../enrolments/enrolments.module';
import { OrganisationsModule } from '../organisations/organisations.module';
import { PersonsModule } from '../persons/persons.module';
import type { Capability } from '../platform/capability';
import { SessionsModule } from '../sessions/sessions.module';
import { MailDeadLettersHttp } from './commands/mail-dead-letters.http';
import { LetterFolder } from './outbox/letter-folder';
import { LetterMaker } from './outbox/letter-maker';
import { MailCourier } from './outbox/mail-courier';
import { MailOutbox } from './outbox/mail-outbox';
import { MailPlanner } from './outbox/mail-planner';
import { MailHttp } from './queries/mail.http';

@Module({
  imports: [CoursesModule, EnrolmentsModule, OrganisationsModule, PersonsModule, SessionsModule],
  controllers: [MailHttp, MailDeadLettersHttp],
  providers: [LetterMaker, LetterFolder, MailPlanner, MailCourier, MailOutbox],
  exports: [MailOutbox],
})
export class MailModule {}

/** Writes to learners of their places: confirmed, waiting, offered. Off where neither a mail server nor a folder is configured. */
export const mail: Capability = {
  name: 'mail',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  followers: [MailOutbox],
  module: MailModule,
};

import { Module } from '@nestjs/common';
import { PersonsModule } from '../persons/persons.module';
import type { Capability } from '../platform/capability';
import { ExpireConsentHandler } from './commands/expire-consent/expire-consent.handler';
import { ExpireConsentHttp } from './commands/expire-consent/expire-consent.http';
import { RecordConsentHandler } from './commands/record-consent/record-consent.handler';
import { RecordConsentHttp } from './commands/record-consent/record-consent.http';
import { RecordNoticeHandler } from './commands/record-notice/record-notice.handler';
import { RecordNoticeHttp } from './commands/record-notice/record-notice.http';
import { Turns } from './commands/turns';
import { WithdrawConsentHandler } from './commands/withdraw-consent/withdraw-consent.handler';
import { WithdrawConsentHttp } from './commands/withdraw-consent/withdraw-consent.http';
import { consent } from './domain/consent';
import { consentEvents, noticeEvents } from './domain/events';
import { notice } from './domain/notice';
import { ConsentRegister } from './queries/consent-register';
import { ConsentsHttp } from './queries/consents.http';
import { NoticesHttp } from './queries/notices.http';
import { consentsProjection } from './read-models/consents.projection';

@Module({
  imports: [PersonsModule],
  controllers: [ConsentsHttp, NoticesHttp, RecordConsentHttp, WithdrawConsentHttp, ExpireConsentHttp, RecordNoticeHttp],
  providers: [
    RecordConsentHandler,
    WithdrawConsentHandler,
    ExpireConsentHandler,
    RecordNoticeHandler,
    ConsentRegister,
    Turns,
  ],
  exports: [ConsentRegister],
})
export class ConsentsModule {}

export const consents: Capability = {
  name: 'consents',
  events: [...consentEvents, ...noticeEvents],
  projections: [consentsProjection],
  reactions: [],
  deciders: [consent, notice],
  module: ConsentsModule,
};

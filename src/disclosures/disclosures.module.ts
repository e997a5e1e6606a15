import { Module } from '@nestjs/common';
import { ErasuresModule } from '../erasures/erasures.module';
import { PersonsModule } from '../persons/persons.module';
import type { Capability } from '../platform/capability';
import { LedgerProofs } from '../platform/ledger-proofs';
import { MakeDisclosureHandler } from './commands/make-disclosure/make-disclosure.handler';
import { MakeDisclosureHttp } from './commands/make-disclosure/make-disclosure.http';
import { disclosure } from './domain/disclosure';
import { disclosureEvents } from './domain/events';
import { DisclosuresHttp } from './queries/disclosures.http';
import { LeavesHttp } from './queries/leaves.http';
import { madeDisclosuresProjection } from './read-models/made-disclosures.projection';

@Module({
  imports: [ErasuresModule, PersonsModule],
  controllers: [MakeDisclosureHttp, DisclosuresHttp, LeavesHttp],
  providers: [MakeDisclosureHandler, LedgerProofs],
})
export class DisclosuresModule {}

/** Chosen fields of one event, for somebody who has no access: recorded, then handed out with a proof. */
export const disclosures: Capability = {
  name: 'disclosures',
  events: disclosureEvents,
  projections: [madeDisclosuresProjection],
  reactions: [],
  deciders: [disclosure],
  module: DisclosuresModule,
};

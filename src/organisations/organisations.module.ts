import { Global, Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { AdoptPolicyHandler } from './commands/adopt-policy/adopt-policy.handler';
import { organisation } from './domain/organisation';
import { organisationEvents } from './domain/events';
import { OrganisationDirectory } from './queries/organisation-directory';
import { OrganisationsHttp } from './queries/organisations.http';
import { organisationsProjection } from './read-models/organisations.projection';

/** Global: every capability asks for its organisation's policy. */
@Global()
@Module({
  controllers: [OrganisationsHttp],
  providers: [OrganisationDirectory, AdoptPolicyHandler],
  exports: [OrganisationDirectory],
})
export class OrganisationsModule {}

export const organisations: Capability = {
  name: 'organisations',
  events: organisationEvents,
  projections: [organisationsProjection],
  reactions: [],
  deciders: [organisation],
  module: OrganisationsModule,
};

import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { ExternalIdClaims } from './commands/external-id-claims';
import { MergePersonHandler } from './commands/merge-person/merge-person.handler';
import { MergePersonHttp } from './commands/merge-person/merge-person.http';
import { PersonAliases } from './commands/person-aliases';
import { PersonStreams } from './commands/person-streams';
import { RecordExternalIdHandler } from './commands/record-external-id/record-external-id.handler';
import { RecordExternalIdHttp } from './commands/record-external-id/record-external-id.http';
import { RecordProfileValueHandler } from './commands/record-profile-value/record-profile-value.handler';
import { RecordProfileValueHttp } from './commands/record-profile-value/record-profile-value.http';
import { RegisterPersonHandler } from './commands/register-person/register-person.handler';
import { RegisterPersonHttp } from './commands/register-person/register-person.http';
import { RegisterPersonsHttp } from './commands/register-persons/register-persons.http';
import { RemoveExternalIdHandler } from './commands/remove-external-id/remove-external-id.handler';
import { RemoveExternalIdHttp } from './commands/remove-external-id/remove-external-id.http';
import { UnmergePersonHandler } from './commands/unmerge-person/unmerge-person.handler';
import { UnmergePersonHttp } from './commands/unmerge-person/unmerge-person.http';
import { personEvents } from './domain/events';
import { person } from './domain/person';
import { PersonContacts } from './queries/person-contacts';
import { PersonDirectory } from './queries/person-directory';
import { PersonRows } from './queries/person-rows';
import { PersonsHttp } from './queries/persons.http';
import { personsProjection } from './read-models/persons.projection';

@Module({
  controllers: [
    PersonsHttp,
    RegisterPersonHttp,
    RegisterPersonsHttp,
    RecordProfileValueHttp,
    RecordExternalIdHttp,
    RemoveExternalIdHttp,
    MergePersonHttp,
    UnmergePersonHttp,
  ],
  providers: [
    RegisterPersonHandler,
    RecordProfileValueHandler,
    RecordExternalIdHandler,
    RemoveExternalIdHandler,
    MergePersonHandler,
    UnmergePersonHandler,
    ExternalIdClaims,
    PersonAliases,
    PersonStreams,
    PersonRows,
    PersonDirectory,
    PersonContacts,
  ],
  exports: [PersonDirectory, PersonContacts],
})
export class PersonsModule {}

export const persons: Capability = {
  name: 'persons',
  events: personEvents,
  projections: [personsProjection],
  reactions: [],
  deciders: [person],
  module: PersonsModule,
};

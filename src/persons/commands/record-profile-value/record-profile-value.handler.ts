import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { person, type PersonCommand } from '../../domain/person';
import { PersonStreams, recordedPerson } from '../person-streams';
import { RecordProfileValueCommand } from './record-profile-value.command';

@CommandHandler(RecordProfileValueCommand)
export class RecordProfileValueHandler implements ICommandHandler<RecordProfileValueCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly streams: PersonStreams,
  ) {}

  async execute({ context, person: id, value }: RecordProfileValueCommand): Promise<RecordedThing> {
    const policy = this.organisations.policy(context.organisation);
    const stream = await this.streams.of(context.organisation, id);
    const command: PersonCommand = { type: 'record-profile-value', person: id, policy, ...value };
    return recordedPerson(id, await this.recorder.execute(person, stream, command, context));
  }
}

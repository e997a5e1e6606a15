import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { person, type PersonCommand } from '../../domain/person';
import { checkSystem } from '../../domain/profile';
import { ExternalIdClaims } from '../external-id-claims';
import { PersonStreams, recordedPerson } from '../person-streams';
import { RecordExternalIdCommand } from './record-external-id.command';

@CommandHandler(RecordExternalIdCommand)
export class RecordExternalIdHandler implements ICommandHandler<RecordExternalIdCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly streams: PersonStreams,
    private readonly claims: ExternalIdClaims,
  ) {}

  async execute({ context, person: id, externalId }: RecordExternalIdCommand): Promise<RecordedThing> {
    const { organisation } = context;
    const policy = this.organisations.policy(organisation);
    const { stream, repeated, version } = await this.streams.before(context, id);
    const stale = context.expectedVersion !== undefined && context.expectedVersion !== version;
    // A claim is made only for a command that will be carried out, and never again for one that was: the id may have
    // gone to somebody else since.
    if (!repeated && !stale) {
      checkSystem(policy, externalId, '/system');
      await this.claims.claim(organisation, { person: id, stream }, [externalId], '/externalId');
    }
    const command: PersonCommand = { type: 'record-external-id', person: id, policy, ...externalId };
    return recordedPerson(id, await this.recorder.execute(person, stream, command, context));
  }
}

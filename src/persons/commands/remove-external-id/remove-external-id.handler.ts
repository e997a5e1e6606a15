import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { person, type PersonCommand } from '../../domain/person';
import { ExternalIdClaims } from '../external-id-claims';
import { PersonStreams, recordedPerson } from '../person-streams';
import { RemoveExternalIdCommand } from './remove-external-id.command';

@CommandHandler(RemoveExternalIdCommand)
export class RemoveExternalIdHandler implements ICommandHandler<RemoveExternalIdCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly streams: PersonStreams,
    private readonly claims: ExternalIdClaims,
  ) {}

  async execute({ context, person: id, externalId }: RemoveExternalIdCommand): Promise<RecordedThing> {
    const { organisation } = context;
    const stream = await this.streams.of(organisation, id);
    const command: PersonCommand = { type: 'remove-external-id', person: id, ...externalId };
    const outcome = await this.recorder.execute(person, stream, command, context);
    // Also after a repetition, which may be the one that finishes what was interrupted; never what was recorded anew.
    await this.claims.release(organisation, { person: id, stream }, [externalId]);
    return recordedPerson(id, outcome);
  }
}

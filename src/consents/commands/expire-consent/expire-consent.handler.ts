import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { consent } from '../../domain/consent';
import { ExpireConsentCommand } from './expire-consent.command';

@CommandHandler(ExpireConsentCommand)
export class ExpireConsentHandler implements ICommandHandler<ExpireConsentCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
  ) {}

  async execute({ context, consent: id, channel }: ExpireConsentCommand): Promise<RecordedThing> {
    const policy = this.organisations.policy(context.organisation);
    const stream = `${consent.kind}-${id}`;
    return recordedThing(await this.recorder.execute(consent, stream, { type: 'expire', policy, channel }, context));
  }
}

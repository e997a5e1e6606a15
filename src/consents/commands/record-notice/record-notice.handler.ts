import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { PersonDirectory } from '../../../persons/queries/person-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { notice } from '../../domain/notice';
import { RecordNoticeCommand } from './record-notice.command';

@CommandHandler(RecordNoticeCommand)
export class RecordNoticeHandler implements ICommandHandler<RecordNoticeCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly persons: PersonDirectory,
  ) {}

  async execute({ context, person, notice: name, channel }: RecordNoticeCommand): Promise<RecordedThing> {
    const { policy } = this.organisations.policy(context.organisation);
    await this.persons.requireLiving(context.organisation, person);
    const stream = await this.recorder.newStream(notice.kind, context);
    const command = { type: 'record-notice', person, notice: name, policyVersion: policy.version, channel } as const;
    return recordedThing(await this.recorder.execute(notice, stream, command, context));
  }
}

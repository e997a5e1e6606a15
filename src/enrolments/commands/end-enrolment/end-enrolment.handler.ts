import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { invalid, Recorder } from '@ardoise/decider';
import { Clock } from '@ardoise/time';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment } from '../../domain/enrolment';
import { localDay } from '../../local-day';
import { EndEnrolmentCommand } from './end-enrolment.command';

@CommandHandler(EndEnrolmentCommand)
export class EndEnrolmentHandler implements ICommandHandler<EndEnrolmentCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly directory: OrganisationDirectory,
    private readonly clock: Clock,
  ) {}

  async execute({ context, enrolment: id, outcome, end }: EndEnrolmentCommand): Promise<RecordedThing> {
    const { timeZone } = this.directory.policy(context.organisation);
    const now = this.clock.now().toISOString();
    const endedOn = end.endedOn ?? localDay(context.occurredAt ?? now, timeZone);
    if (endedOn > localDay(now, timeZone)) {
      throw invalid('ends-in-the-future', 'an end is recorded once it is there', '/endedOn');
    }
    const command = { type: 'end', outcome, ...end, endedOn } as const;
    return recordedThing(await this.recorder.execute(enrolment, `${enrolment.kind}-${id}`, command, context));
  }
}

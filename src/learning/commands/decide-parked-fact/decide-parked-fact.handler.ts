import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { LearningDesk } from '../learning-desk';
import { DecideParkedFactCommand } from './decide-parked-fact.command';

@CommandHandler(DecideParkedFactCommand)
export class DecideParkedFactHandler implements ICommandHandler<DecideParkedFactCommand> {
  constructor(private readonly desk: LearningDesk) {}

  execute({ context, enrolment, decision }: DecideParkedFactCommand): Promise<RecordedThing> {
    return this.desk.recordOne(enrolment, decision, context);
  }
}

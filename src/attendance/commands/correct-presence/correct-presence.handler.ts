import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { AttendanceDesk } from '../attendance-desk';
import { CorrectPresenceCommand } from './correct-presence.command';

@CommandHandler(CorrectPresenceCommand)
export class CorrectPresenceHandler implements ICommandHandler<CorrectPresenceCommand> {
  constructor(private readonly desk: AttendanceDesk) {}

  execute({ context, enrolment, correction }: CorrectPresenceCommand): Promise<RecordedThing> {
    return this.desk.record(enrolment, correction, context);
  }
}

import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { AttendanceDesk } from '../attendance-desk';
import { RecordPresenceCommand } from './record-presence.command';

@CommandHandler(RecordPresenceCommand)
export class RecordPresenceHandler implements ICommandHandler<RecordPresenceCommand> {
  constructor(private readonly desk: AttendanceDesk) {}

  execute({ context, enrolment, presence }: RecordPresenceCommand): Promise<RecordedThing> {
    return this.desk.record(enrolment, presence, context);
  }
}

import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { AttendanceDesk } from '../attendance-desk';
import { DecideParkedPresenceCommand } from './decide-parked-presence.command';

@CommandHandler(DecideParkedPresenceCommand)
export class DecideParkedPresenceHandler implements ICommandHandler<DecideParkedPresenceCommand> {
  constructor(private readonly desk: AttendanceDesk) {}

  execute({ context, enrolment, decision }: DecideParkedPresenceCommand): Promise<RecordedThing> {
    return this.desk.record(enrolment, decision, context);
  }
}

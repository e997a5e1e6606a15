import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment } from '../../domain/enrolment';
import { EnrolmentRegister } from '../../queries/enrolment-register';
import { Admission } from '../admission';
import { TransferEnrolmentCommand } from './transfer-enrolment.command';

@CommandHandler(TransferEnrolmentCommand)
export class TransferEnrolmentHandler implements ICommandHandler<TransferEnrolmentCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly register: EnrolmentRegister,
    private readonly admission: Admission,
  ) {}

  async execute({ context, enrolment: id, session, reason }: TransferEnrolmentCommand): Promise<RecordedThing> {
    const { organisation } = context;
    const stream = `${enrolment.kind}-${id}`;
    const { known } = await this.register.load(organisation, id);
    return this.admission.inTurn(organisation, known.person, async () => {
      if (session !== known.session) await this.admit(organisation, known, session, stream);
      const command = { type: 'move', session, ...(reason === undefined ? {} : { reason }) } as const;
      return recordedThing(await this.recorder.execute(enrolment, stream, command, context));
    });
  }

  private async admit(
    organisation: string,
    { person, course }: { readonly person: string; readonly course: string },
    session: string,
    stream: string,
  ): Promise<void> {
    await this.admission.session(organisation, course, session);
    const streams = await this.admission.streamsOf(organisation, person);
    const others = streams.filter((other) => other !== stream);
    await this.admission.refuseTwice(organisation, others, course, session);
  }
}

import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { conflict, Recorder } from '@ardoise/decider';
import { CourseCatalogue } from '../../../courses/queries/course-catalogue';
import { PersonDirectory } from '../../../persons/queries/person-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { enrolment, type EnrolmentRequest } from '../../domain/enrolment';
import { Admission } from '../admission';
import { RequestEnrolmentCommand } from './request-enrolment.command';

@CommandHandler(RequestEnrolmentCommand)
export class RequestEnrolmentHandler implements ICommandHandler<RequestEnrolmentCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly courses: CourseCatalogue,
    private readonly persons: PersonDirectory,
    private readonly admission: Admission,
  ) {}

  async execute({ context, request }: RequestEnrolmentCommand): Promise<RecordedThing> {
    const { organisation } = context;
    const stream = await this.recorder.newStream(enrolment.kind, context);
    return this.admission.inTurn(organisation, request.person, async () => {
      const streams = await this.admission.streamsOf(organisation, request.person);
      // A repeated command gets its first answer, whatever has become of course and session since.
      if (!streams.includes(stream)) await this.admit(organisation, request, streams);
      return recordedThing(await this.recorder.execute(enrolment, stream, { type: 'request', request }, context));
    });
  }

  private async admit(organisation: string, request: EnrolmentRequest, streams: readonly string[]): Promise<void> {
    const { person, course, session, confirmed } = request;
    await this.courses.definition(organisation, course);
    const planned = session === undefined ? undefined : await this.admission.session(organisation, course, session);
    if (confirmed && planned?.capacity !== undefined) {
      throw conflict(
        'seat-needed',
        'this session has a capacity: approve the enrolment, and it gets a seat',
        '/confirmed',
      );
    }
    await this.admission.refuseTwice(organisation, streams, course, session);
    await this.persons.requireLiving(organisation, person, '/person');
  }
}

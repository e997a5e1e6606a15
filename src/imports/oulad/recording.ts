import type { CommandBus } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { Json } from '@ardoise/format';
import type { Problem } from '@ardoise/http';
import type { Policy } from '@ardoise/policy';
import type { Naming } from '@ardoise/vault';
import { CreateCourseCommand } from '../../courses/commands/create-course/create-course.command';
import { EndEnrolmentCommand } from '../../enrolments/commands/end-enrolment/end-enrolment.command';
import { RequestEnrolmentCommand } from '../../enrolments/commands/request-enrolment/request-enrolment.command';
import {
  RecordLearningBatchCommand,
  type DeedLine,
} from '../../learning/commands/record-learning-batch/record-learning-batch.command';
import { RecordProfileValueCommand } from '../../persons/commands/record-profile-value/record-profile-value.command';
import { RegisterPersonCommand } from '../../persons/commands/register-person/register-person.command';
import { OpenSessionCommand } from '../../sessions/commands/open-session/open-session.command';
import { dayAt, instantOf } from './calendar';
import { courseOf, sessionOf } from './courses';
import type { End } from './decisions';
import type { FileName } from './files';
import type { Presentation, Registration, Submission } from './plan';
import { profileOf, type ProfileValue } from './profile';
import { refusalOf, type Refused } from './refusal';

/** A course and its session, as recorded. */
export interface RecordedPresentation {
  readonly course: string;
  readonly session: string;
}

/** A submission with the day on which it counts. */
export interface DatedSubmission extends Submission {
  readonly day: string;
}

/**
 * Sends what the data say through the same commands as the API. A command's id follows from the organisation, the file
 * and the row's identity, so that a row that is sent again is answered with its first outcome.
 */
export class Recording {
  constructor(
    private readonly commands: CommandBus,
    private readonly organisation: string,
    private readonly policy: Policy,
    private readonly naming: Naming,
  ) {}

  async presentation(presentation: Presentation): Promise<RecordedPresentation> {
    const { name, start, line: _, ...row } = presentation;
    const begin = instantOf(start, 'registered');
    const definition = courseOf(presentation);
    const creation = this.context('course', name, 'course', begin, { name, ...row } as unknown as Json);
    const course = await this.commands.execute(new CreateCourseCommand(creation, definition));
    const opening = this.context('course', name, 'session', begin, { name, days: row.days });
    const outline = sessionOf(presentation, course.id);
    const session = await this.commands.execute(new OpenSessionCommand(opening, outline));
    return { course: course.id, session: session.id };
  }

  /** Registers a learner, with the profile of their first presentation. */
  async person(student: string, first: Registration, registeredOn: string): Promise<string> {
    const profileValues = first.student ? profileOf(this.policy, first.student) : [];
    const kept = this.policy.externalIds.includes('student-number');
    const externalIds = kept ? [{ system: 'student-number', externalId: student }] : [];
    const occurredAt = instantOf(registeredOn, 'registered');
    const context = this.context('student', student, 'person', occurredAt, {
      profileValues: profileValues.map((value) => ({ ...value })),
    });
    const registration = { kinds: ['learner'] as const, profileValues, externalIds, incomplete: true };
    return (await this.commands.execute(new RegisterPersonCommand(context, registration))).id;
  }

  /** Records a value that is another than in the presentation before. */
  async profileValue(person: string, student: string, of: Registration, value: ProfileValue, day: string) {
    const row = `${of.presentation.name}/${student}`;
    const context = this.context('student', row, value.name, instantOf(day, 'registered'), { ...value });
    await this.commands.execute(new RecordProfileValueCommand(context, person, value));
  }

  async enrolment(person: string, student: string, of: Registration, in_: RecordedPresentation, day: string) {
    const row = `${of.presentation.name}/${student}`;
    const occurredAt = instantOf(day, 'registered');
    const { registered = null, unregistered = null } = of;
    const context = this.context('student_registration', row, 'enrolment', occurredAt, { registered, unregistered });
    const request = { person, ...in_, traineeKind: 'individual', funders: [], confirmed: true } as const;
    return (await this.commands.execute(new RequestEnrolmentCommand(context, request))).id;
  }

  async end(enrolment: string, student: string, { presentation, student: row }: Registration, { outcome, day }: End) {
    const endedOn = dayAt(presentation.start, day);
    const result = row?.result ?? null;
    const name = `${presentation.name}/${student}`;
    const context = this.context('student', name, 'end', instantOf(endedOn, 'ended'), { result, outcome, endedOn });
    await this.commands.execute(new EndEnrolmentCommand(context, enrolment, outcome, { endedOn }));
  }

  /** Records results of one enrolment together; says of each refused one why. */
  async results(
    enrolment: string,
    student: string,
    submissions: readonly DatedSubmission[],
  ): Promise<ReadonlyMap<Submission, Refused>> {
    if (submissions.length === 0) return new Map();
    const lines = submissions.map((one, index) => this.resultLine(index + 1, enrolment, student, one));
    const context = {
      organisation: this.organisation,
      commandId: this.commandId('student_assessment', enrolment, 'batch'),
      service: 'import',
      source: 'import',
      request: { to: 'import/oulad' },
    };
    const batch = new RecordLearningBatchCommand(context, lines);
    const refused = new Map<Submission, Refused>();
    for (const outcome of await this.commands.execute(batch)) {
      const submission = submissions[outcome.line - 1];
      if (submission && 'problem' in outcome) refused.set(submission, refusalOf(outcome.problem as Problem));
    }
    return refused;
  }

  private resultLine(line: number, enrolment: string, student: string, submission: DatedSubmission): DeedLine {
    const { assessment, score, day } = submission;
    const occurredAt = instantOf(day, 'submitted');
    const given = { enrolment, assessment, occurredAt, ...(score === undefined ? {} : { score }) };
    return {
      line,
      idempotencyKey: this.commandId('student_assessment', `${assessment}/${student}`, 'result'),
      enrolment,
      source: 'import',
      occurredAt,
      given,
      deed: (attempt) =>
        score === undefined
          ? { type: 'submit-attempt', assessment, attempt }
          : { type: 'grade-attempt', assessment, score, newAttempt: attempt, submittedAt: occurredAt },
    };
  }

  private context(file: FileName, row: string, step: string, occurredAt: string, said: Json): CommandContext {
    return {
      organisation: this.organisation,
      commandId: this.commandId(file, row, step),
      service: 'import',
      source: 'import',
      occurredAt,
      request: { to: `import/oulad/${file}`, body: said },
    };
  }

  private commandId(file: FileName, row: string, step: string): string {
    return this.naming.step(`oulad/${file}/${row}`, step);
  }
}

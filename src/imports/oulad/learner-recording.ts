import type { Policy } from '@ardoise/policy';
import { dayAt } from './calendar';
import { endOf, registrationDay, submissionDay, type Decided, type Registered } from './decisions';
import type { Learner, Registration, Submission } from './plan';
import { changedValues, columnsNotInProfile, profileOf, type ProfileValue } from './profile';
import type { DatedSubmission, RecordedPresentation, Recording } from './recording';
import { attempt, type Refused } from './refusal';
import type { Accounts } from './report';

/** Records learner after learner, each in the order in which it happened, and accounts for every row of theirs. */
export class LearnerRecording {
  constructor(
    private readonly recording: Recording,
    private readonly policy: Policy,
    private readonly presentations: ReadonlyMap<string, RecordedPresentation | Refused>,
    private readonly accounts: Accounts,
  ) {}

  async record({ student, registrations }: Learner): Promise<void> {
    const first = registrations[0];
    if (!first) return;
    const registeredOn = dayAt(first.presentation.start, registrationDay(registeredOf(first)).value);
    const person = await attempt(() => this.recording.person(student, first, registeredOn));
    let known: readonly ProfileValue[] = first.student ? profileOf(this.policy, first.student) : [];
    for (const registration of registrations) {
      if ('reason' in person) this.refuseAll(registration, person);
      else known = await this.recordRegistration(person.value, student, registration, known);
    }
  }

  /** One presentation of a learner; gives the profile as it is then known. */
  private async recordRegistration(
    person: string,
    student: string,
    registration: Registration,
    known: readonly ProfileValue[],
  ): Promise<readonly ProfileValue[]> {
    const presentation = this.presentations.get(registration.presentation.name);
    if (!presentation || 'reason' in presentation) {
      this.refuseAll(registration, presentation ?? { reason: 'course-unknown', detail: 'it was not recorded' });
      return known;
    }
    const registered = this.decided(registrationDay(registeredOf(registration)));
    const day = dayAt(registration.presentation.start, registered);
    const enrolment = await attempt(() => this.recording.enrolment(person, student, registration, presentation, day));
    if ('reason' in enrolment) {
      this.refuseAll(registration, enrolment);
      return known;
    }
    this.accounts.take('student_registration');
    const values = await this.recordProfile(person, student, registration, known, day);
    await this.recordCourseOfEvents(enrolment.value, student, registration, registered);
    return values;
  }

  private async recordProfile(
    person: string,
    student: string,
    registration: Registration,
    known: readonly ProfileValue[],
    day: string,
  ): Promise<readonly ProfileValue[]> {
    const row = registration.student;
    if (!row) return known;
    for (const column of columnsNotInProfile(this.policy, row)) {
      this.accounts.refuseColumn('student', column, 'not-in-profile');
    }
    const values = profileOf(this.policy, row);
    for (const value of changedValues(known, values)) {
      const recorded = await attempt(() => this.recording.profileValue(person, student, registration, value, day));
      if ('reason' in recorded) this.accounts.decide('profile-value-refused');
      else this.accounts.decide('profile-value-changed');
    }
    return values;
  }

  /** What was handed in before the end, the end, what was handed in after it: in this order, as it happened. */
  private async recordCourseOfEvents(
    enrolment: string,
    student: string,
    registration: Registration,
    registered: number,
  ): Promise<void> {
    const end = endOf(registeredOf(registration));
    const { start } = registration.presentation;
    const dated = registration.submissions.map((submission) => {
      const day = this.decided(submissionDay(submission, registered));
      if (submission.score === undefined) this.accounts.decide('score-missing');
      return { ...submission, day: dayAt(start, day), after: end !== undefined && day > end.value.day };
    });
    await this.recordResults(enrolment, student, byDay(dated.filter(({ after }) => !after)));
    if (registration.student) {
      const line = registration.student.line;
      const ended =
        end && (await attempt(() => this.recording.end(enrolment, student, registration, this.decided(end))));
      if (ended && 'reason' in ended) this.accounts.refuse('student', line, ended.reason, ended.detail);
      else this.accounts.take('student');
    } else if (end) {
      await attempt(() => this.recording.end(enrolment, student, registration, this.decided(end)));
    }
    const after = dated.filter((submission) => submission.after);
    after.forEach(() => this.accounts.decide('submission-after-end'));
    await this.recordResults(enrolment, student, byDay(after));
  }

  private async recordResults(enrolment: string, student: string, submissions: readonly DatedSubmission[]) {
    const refused = await this.recording.results(enrolment, student, submissions);
    for (const submission of submissions) {
      const why = refused.get(submission);
      if (why) this.accounts.refuse('student_assessment', submission.line, why.reason, why.detail);
      else this.accounts.take('student_assessment');
    }
  }

  private refuseAll({ line, student, submissions }: Registration, { reason, detail }: Refused): void {
    this.accounts.refuse('student_registration', line, reason, detail);
    if (student) this.accounts.refuse('student', student.line, reason, detail);
    for (const one of submissions) this.accounts.refuse('student_assessment', one.line, reason, detail);
  }

  private decided<T>({ value, decision }: Decided<T>): T {
    if (decision !== undefined) this.accounts.decide(decision);
    return value;
  }
}

function registeredOf({ registered, unregistered, student, submissions, presentation }: Registration): Registered {
  return {
    days: presentation.days,
    submissions: submissions.filter(({ banked }) => !banked).map(({ submitted }) => submitted),
    ...(registered === undefined ? {} : { registered }),
    ...(unregistered === undefined ? {} : { unregistered }),
    ...(student === undefined ? {} : { result: student.result }),
  };
}

/** In the order of their days, and of the file within a day. */
function byDay<T extends { readonly day: string } & Submission>(submissions: readonly T[]): T[] {
  return [...submissions].sort((one, other) => one.day.localeCompare(other.day) || one.line - other.line);
}

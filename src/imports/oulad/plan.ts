import { startOf } from './calendar';
import { files, readRows, type FileName, type Row } from './files';
import {
  columnsWithoutCategory,
  readAssessment,
  readPresentation,
  readRegistration,
  readStudent,
  readSubmission,
  type AssessmentRow,
  type FinalResult,
  type Read,
  type RegistrationRow,
  type StudentRow,
} from './reading';
import type { Accounts } from './report';

interface Line {
  readonly line: number;
}

/** A module of the university as it was presented once: a course, and its one session. */
export interface Presentation extends Line {
  readonly name: string;
  /** First day, YYYY-MM-DD. */
  readonly start: string;
  readonly days: number;
  readonly assessments: (AssessmentRow & Line)[];
}

export interface Submission extends Line {
  readonly assessment: string;
  readonly submitted: number;
  readonly banked: boolean;
  readonly score?: number;
}

/** One learner in one presentation. */
export interface Registration extends Line {
  readonly presentation: Presentation;
  readonly registered?: number;
  readonly unregistered?: number;
  /** The row of the students' file. */
  student?: Line & Pick<StudentRow, 'gender' | 'region' | 'ageBand'> & { readonly result: FinalResult };
  readonly submissions: Submission[];
}

export interface Learner {
  readonly student: string;
  /** In the order in which the presentations began. */
  readonly registrations: Registration[];
}

/** All that is to be recorded: what belongs together stands together, so that it is recorded together. */
export interface Plan {
  readonly presentations: readonly Presentation[];
  readonly learners: readonly Learner[];
}

/** Reads the data folder; rows that fit nowhere are refused here. @throws ImportError, and the signal's reason */
export async function readPlan(folder: string, accounts: Accounts, signal?: AbortSignal): Promise<Plan> {
  const plan = new PlanReading(accounts);
  await each('course', readPresentation, (row, line) => plan.addPresentation(row, line));
  await each('assessment', readAssessment, (row, line) => plan.addAssessment(row, line));
  for await (const { line } of readRows(folder, 'vle')) {
    accounts.read('vle');
    accounts.refuse('vle', line, 'item-without-activity', 'the data hold no learner’s use of the item');
  }
  await each('student_registration', readRegistration, (row, line) => plan.addRegistration(row, line));
  await each('student', readStudent, (row, line) => plan.addStudent(row, line));
  await each('student_assessment', readSubmission, (row, line) => plan.addSubmission(row, line));
  return plan.finish();

  async function each<F extends FileName, T>(
    file: F,
    read: (cells: Row<F>['cells']) => Read<T>,
    add: (row: T, line: number) => Refused | undefined,
  ): Promise<void> {
    for await (const { line, cells } of readRows(folder, file)) {
      signal?.throwIfAborted();
      accounts.read(file);
      if (file === 'student') countColumns(cells as Row<'student'>['cells'], accounts);
      const result = read(cells);
      const refused = 'value' in result ? add(result.value, line) : result;
      if (refused) accounts.refuse(file, line, refused.reason, refused.detail);
    }
  }
}

function countColumns(cells: Row<'student'>['cells'], accounts: Accounts): void {
  for (const column of columnsWithoutCategory) {
    if (cells[column] !== '') accounts.refuseColumn('student', column, 'no-category');
  }
}

interface Refused {
  readonly reason: string;
  readonly detail: string;
}

const refused = (reason: string, detail: string): Refused => ({ reason, detail });

/** The plan while it is read: rows find the rows they belong to. */
class PlanReading {
  private readonly presentations = new Map<string, Presentation>();
  private readonly assessments = new Map<string, string>();
  private readonly learners = new Map<string, Map<string, Registration>>();
  private readonly submitted = new Set<string>();

  constructor(private readonly accounts: Accounts) {}

  addPresentation({ presentation: name, days }: { presentation: string; days: number }, line: number) {
    if (this.presentations.has(name)) return refused('row-repeated', 'the presentation stands earlier in the file');
    this.presentations.set(name, { name, start: startOf(name.slice(4)), days, line, assessments: [] });
    return undefined;
  }

  addAssessment(row: AssessmentRow, line: number): Refused | undefined {
    const presentation = this.presentations.get(row.presentation);
    if (!presentation) return refused('course-unknown', `the presentation is not in ${fileOf('course')}`);
    if (this.assessments.has(row.id)) return refused('row-repeated', 'the assessment stands earlier in the file');
    this.assessments.set(row.id, row.presentation);
    presentation.assessments.push({ ...row, line });
    return undefined;
  }

  addRegistration({ presentation: name, student, ...days }: RegistrationRow, line: number): Refused | undefined {
    const presentation = this.presentations.get(name);
    if (!presentation) return refused('course-unknown', `the presentation is not in ${fileOf('course')}`);
    const registrations = this.learners.get(student) ?? new Map<string, Registration>();
    if (registrations.has(name)) return refused('row-repeated', 'the registration stands earlier in the file');
    this.learners.set(student, registrations);
    registrations.set(name, { presentation, line, ...days, submissions: [] });
    return undefined;
  }

  addStudent(row: StudentRow, line: number): Refused | undefined {
    const registration = this.learners.get(row.student)?.get(row.presentation);
    if (!registration) return refused('registration-missing', `no such row in ${fileOf('student_registration')}`);
    if (registration.student) return refused('row-repeated', 'the student stands earlier in the file');
    const { gender, region, ageBand, result } = row;
    registration.student = { gender, region, ageBand, result, line };
    return undefined;
  }

  addSubmission(
    { student, ...row }: Omit<Submission, 'line'> & { readonly student: string },
    line: number,
  ): Refused | undefined {
    const presentation = this.assessments.get(row.assessment);
    if (presentation === undefined) return refused('assessment-unknown', `not in ${fileOf('assessment')}`);
    const registration = this.learners.get(student)?.get(presentation);
    if (!registration) return refused('registration-missing', `no such row in ${fileOf('student_registration')}`);
    const name = `${row.assessment}/${student}`;
    if (this.submitted.has(name)) return refused('row-repeated', 'the submission stands earlier in the file');
    this.submitted.add(name);
    registration.submissions.push({ ...row, line });
    return undefined;
  }

  finish(): Plan {
    const learners = [...this.learners].map(([student, registrations]) => ({
      student,
      registrations: [...registrations.values()].sort((one, other) => compare(orderOf(one), orderOf(other))),
    }));
    for (const { registrations } of learners) this.accountForLearner(registrations);
    return { presentations: [...this.presentations.values()], learners };
  }

  private accountForLearner(registrations: readonly Registration[]): void {
    for (const { student } of registrations) if (!student) this.accounts.decide('student-row-missing');
  }
}

const fileOf = (name: keyof typeof files): string => `${name}.csv`;
const orderOf = ({ presentation }: Registration): string => `${presentation.start}/${presentation.name}`;
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

import type { Cells } from './files';

/** What a row says, or why it cannot be taken. */
export type Read<T> = { readonly value: T } | { readonly reason: string; readonly detail: string };

export interface PresentationRow {
  readonly presentation: string;
  readonly days: number;
}

export interface AssessmentRow {
  readonly presentation: string;
  readonly id: string;
  readonly type: 'TMA' | 'CMA' | 'Exam';
  /** Day it is due, from the presentation's first; absent where the data have none. */
  readonly due?: number;
  /** Part of the final mark, per cent. */
  readonly weight: string;
}

export interface RegistrationRow {
  readonly presentation: string;
  readonly student: string;
  readonly registered?: number;
  readonly unregistered?: number;
}

export const finalResults = ['Pass', 'Distinction', 'Fail', 'Withdrawn'] as const;
export type FinalResult = (typeof finalResults)[number];

export interface StudentRow {
  readonly presentation: string;
  readonly student: string;
  readonly gender: string;
  readonly region: string;
  readonly ageBand: string;
  readonly result: FinalResult;
}

export interface SubmissionRow {
  readonly assessment: string;
  readonly student: string;
  readonly submitted: number;
  /** Carried over from an earlier presentation. */
  readonly banked: boolean;
  readonly score?: number;
}

const malformed = (column: string, right: string): Read<never> => ({
  reason: 'value-malformed',
  detail: `${column}: ${right}`,
});

/** `AAA-2013J`: a module of the university, and when it was presented. */
function presentationOf(cells: {
  readonly code_module: string;
  readonly code_presentation: string;
}): string | undefined {
  const { code_module: module, code_presentation: presentation } = cells;
  return /^[A-Z]{3}$/.test(module) && /^\d{4}[BJ]$/.test(presentation) ? `${module}-${presentation}` : undefined;
}

const identifier = /^\d{1,12}$/;
const wholeNumber = /^-?\d{1,5}$/;

export function readPresentation(cells: Cells<'course'>): Read<PresentationRow> {
  const presentation = presentationOf(cells);
  if (presentation === undefined) return malformed('code_presentation', 'such as AAA and 2013J');
  const length = cells.module_presentation_length;
  if (!/^\d{1,4}$/.test(length)) return malformed('module_presentation_length', 'a whole number of days');
  return { value: { presentation, days: Number(length) } };
}

export function readAssessment(cells: Cells<'assessment'>): Read<AssessmentRow> {
  const presentation = presentationOf(cells);
  if (presentation === undefined) return malformed('code_presentation', 'such as AAA and 2013J');
  const { id_assessment: id, assessment_type: type, date, weight } = cells;
  if (!identifier.test(id)) return malformed('id_assessment', 'a whole number');
  if (type !== 'TMA' && type !== 'CMA' && type !== 'Exam') return malformed('assessment_type', 'TMA, CMA or Exam');
  if (date !== '' && !wholeNumber.test(date)) return malformed('date', 'a whole number of days, or empty');
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(weight)) return malformed('weight', 'a number');
  return { value: { presentation, id, type, weight, ...(date === '' ? {} : { due: Number(date) }) } };
}

export function readRegistration(cells: Cells<'student_registration'>): Read<RegistrationRow> {
  const presentation = presentationOf(cells);
  if (presentation === undefined) return malformed('code_presentation', 'such as AAA and 2013J');
  const { id_student: student, date_registration: registered, date_unregistration: unregistered } = cells;
  if (!identifier.test(student)) return malformed('id_student', 'a whole number');
  if (registered !== '' && !wholeNumber.test(registered)) return malformed('date_registration', 'a day, or empty');
  if (unregistered !== '' && !wholeNumber.test(unregistered))
    return malformed('date_unregistration', 'a day, or empty');
  return {
    value: {
      presentation,
      student,
      ...(registered === '' ? {} : { registered: Number(registered) }),
      ...(unregistered === '' ? {} : { unregistered: Number(unregistered) }),
    },
  };
}

export function readStudent(cells: Cells<'student'>): Read<StudentRow> {
  const presentation = presentationOf(cells);
  if (presentation === undefined) return malformed('code_presentation', 'such as AAA and 2013J');
  const { id_student: student, gender, region, age_band: ageBand } = cells;
  if (!identifier.test(student)) return malformed('id_student', 'a whole number');
  const result = finalResults.find((name) => name === cells.final_result);
  if (!result) return malformed('final_result', finalResults.join(', '));
  return { value: { presentation, student, gender, region, ageBand, result } };
}

export function readSubmission(cells: Cells<'student_assessment'>): Read<SubmissionRow> {
  const { id_assessment: assessment, id_student: student, date_submitted: submitted, is_banked: banked, score } = cells;
  if (!identifier.test(assessment)) return malformed('id_assessment', 'a whole number');
  if (!identifier.test(student)) return malformed('id_student', 'a whole number');
  if (!wholeNumber.test(submitted)) return malformed('date_submitted', 'a whole number of days');
  const carriedOver = { TRUE: true, FALSE: false, '1': true, '0': false }[banked];
  if (carriedOver === undefined) return malformed('is_banked', 'TRUE or FALSE');
  if (score !== '' && !/^\d{1,3}(\.\d{1,4})?$/.test(score)) return malformed('score', 'a number, or empty');
  return {
    value: {
      assessment,
      student,
      submitted: Number(submitted),
      banked: carriedOver,
      ...(score === '' ? {} : { score: Number(score) }),
    },
  };
}

/** Columns of the students that no organisation's profile has a category for: never stored, counted where filled. */
export const columnsWithoutCategory = [
  'highest_education',
  'imd_band',
  'num_of_prev_attempts',
  'studied_credits',
  'disability',
] as const;

/** The fields of a profile that columns of the students fill, where the organisation's profile has them. */
export const profileColumns = [
  { column: 'gender', field: 'gender' },
  { column: 'region', field: 'residence' },
  { column: 'age_band', field: 'age-band' },
] as const;

import type { Policy, ProfileField, ProfileFieldName } from '@ardoise/policy';
import { profileColumns, type StudentRow } from './reading';

export interface ProfileValue {
  readonly name: string;
  readonly value: string;
}

type Demographics = Pick<StudentRow, 'gender' | 'region' | 'ageBand'>;

const valuesIn = ({ gender, region, ageBand }: Demographics): { readonly [column: string]: string } => ({
  gender,
  region,
  age_band: ageBand,
});

/** Whether the organisation's profile has the field, and has it of learners. */
function isKept(policy: Policy, name: ProfileFieldName): boolean {
  const field: ProfileField | undefined = policy.profile.fields[name];
  if (!field) return false;
  return field.kinds?.includes('learner') ?? policy.purposes[field.purpose]?.bases.learner !== undefined;
}

/** The columns of a student that the organisation's profile has a field for, as its values; empty cells are none. */
export function profileOf(policy: Policy, row: Demographics): ProfileValue[] {
  const values = valuesIn(row);
  return profileColumns.flatMap(({ column, field }) => {
    const value = values[column] ?? '';
    return value !== '' && isKept(policy, field) ? [{ name: field, value }] : [];
  });
}

/** The columns with a value for which the profile has no field. */
export function columnsNotInProfile(policy: Policy, row: Demographics): string[] {
  const values = valuesIn(row);
  return profileColumns.flatMap(({ column, field }) =>
    (values[column] ?? '') !== '' && !isKept(policy, field) ? [column] : [],
  );
}

/** Values that are another than before: each is a new version. */
export function changedValues(before: readonly ProfileValue[], after: readonly ProfileValue[]): ProfileValue[] {
  return after.filter(({ name, value }) => before.find((known) => known.name === name)?.value !== value);
}

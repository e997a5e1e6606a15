import { DateTime, IANAZone } from 'luxon';
import { isFiscalYearEnd } from './periods';
import { noneBeyondBasis, type Accounting, type Policy, type RetentionRule } from './policy';
import {
  categories,
  dayCategories,
  personKinds,
  profileFieldCategories,
  profileFields,
  type Category,
  type PersonKind,
} from './vocabulary';

/** A problem before its file is known; `path` as the steps that lead to the member. */
export interface Finding {
  readonly path: readonly string[];
  readonly message: string;
}

/** What the schema cannot say: that the parts of a profile agree with each other. */
export function crossChecks(policy: Policy): Finding[] {
  return [
    ...checkCalendar(policy),
    ...checkPurposes(policy),
    ...checkConsentPurposes(policy),
    ...categories.flatMap((category) => checkCategory(policy, category)),
    ...checkAccounting(policy),
    ...profileFields.flatMap((name) => checkField(policy, name)),
    ...checkMinimumAge(policy),
  ];
}

function checkCalendar({ timeZone, fiscalYearEnd, policy }: Policy): Finding[] {
  const findings: Finding[] = [];
  if (!IANAZone.isValidZone(timeZone)) {
    findings.push({ path: ['timeZone'], message: `"${timeZone}" is no IANA time zone; right is "Europe/Paris"` });
  }
  if (!isFiscalYearEnd(fiscalYearEnd)) {
    findings.push({ path: ['fiscalYearEnd'], message: `"${fiscalYearEnd}" is no day of the year; right is "12-31"` });
  }
  if (policy.effective !== undefined && !DateTime.fromISO(policy.effective).isValid) {
    findings.push({ path: ['policy', 'effective'], message: `"${policy.effective}" is no day of the calendar` });
  }
  return findings;
}

function checkPurposes({ purposes, balanceRequired }: Policy): Finding[] {
  if (balanceRequired !== true) return [];
  return Object.entries(purposes)
    .filter(([, { bases, balance }]) => Object.values(bases).includes('legitimate-interest') && balance === undefined)
    .map(([id]) => ({
      path: ['purposes', id],
      message: 'rests on a legitimate interest: "balance" must say what was weighed (the profile has balanceRequired)',
    }));
}

function checkConsentPurposes({ purposes, consentPurposes }: Policy): Finding[] {
  const findings: Finding[] = [];
  for (const id of Object.keys(consentPurposes)) {
    const purpose = own(purposes, id);
    if (purpose === undefined) {
      findings.push({ path: ['consentPurposes', id], message: `no such purpose; ${known(Object.keys(purposes))}` });
    } else if (!Object.values(purpose.bases).includes('consent')) {
      findings.push({ path: ['consentPurposes', id], message: 'this purpose rests on consent for no kind of person' });
    }
  }
  for (const [id, { bases }] of Object.entries(purposes)) {
    if (Object.values(bases).includes('consent') && !Object.hasOwn(consentPurposes, id)) {
      const message = 'rests on consent: consentPurposes must say what the person is asked';
      findings.push({ path: ['purposes', id], message });
    }
  }
  return findings;
}

function checkCategory({ categories: rules, purposes }: Policy, category: Category): Finding[] {
  const { purposes: ids, retention, retentionByKind, byDay = false } = rules[category];
  const path = ['categories', category];
  const findings: Finding[] = ids
    .filter((id) => !Object.hasOwn(purposes, id))
    .map((id) => ({
      path: [...path, 'purposes'],
      message: `no purpose "${id}"; ${known(Object.keys(purposes))}`,
    }));
  findings.push(...checkRule(retention, [...path, 'retention'], byDay));
  for (const kind of personKinds) {
    const rule = retentionByKind?.[kind];
    if (rule) findings.push(...checkRule(rule, [...path, 'retentionByKind', kind], byDay));
  }
  if (dayCategories.includes(category) && !byDay) {
    findings.push({ path: [...path, 'byDay'], message: 'this category is kept by the day: right is byDay: true' });
  }
  return findings;
}

function checkRule(rule: RetentionRule, path: readonly string[], byDay: boolean): Finding[] {
  const findings: Finding[] = [];
  if (byDay !== (rule.from === 'day')) {
    const message = byDay
      ? `counts from "${rule.from}" though the category is byDay: right is from: day`
      : 'counts from "day": the category must then be byDay: true';
    findings.push({ path: [...path, 'from'], message });
  }
  if (rule.from === 'day' && rule.period === noneBeyondBasis) {
    findings.push({ path: [...path, 'period'], message: 'what is kept by the day needs a duration, as P12M' });
  }
  return [...findings, ...checkChoice(rule, path)];
}

/** PAR-07: what the source does not give, the controller chooses, and says why. */
function checkChoice(chosen: Pick<Accounting, 'chosenBy' | 'note'>, path: readonly string[]): Finding[] {
  if (chosen.chosenBy !== 'controller' || chosen.note !== undefined) return [];
  return [{ path, message: 'chosen by the controller: "note" must say why' }];
}

function checkAccounting({ accounting, categories: { billing } }: Policy): Finding[] {
  const findings = checkChoice(accounting, ['accounting']);
  const path = ['categories', 'billing', 'retention'];
  if (billing.retention.from !== 'fiscal-year-closed') {
    findings.push({ path: [...path, 'from'], message: 'accounting documents count from fiscal-year-closed' });
  }
  if (billing.retention.period !== accounting.period) {
    const message = `differs from accounting.period, which is "${accounting.period}"; the two must be the same`;
    findings.push({ path: [...path, 'period'], message });
  }
  return findings;
}

function checkField(policy: Policy, name: (typeof profileFields)[number]): Finding[] {
  const field = policy.profile.fields[name];
  if (field === undefined) return [];
  const path = ['profile', 'fields', name];
  const findings: Finding[] = [];
  const allowed: readonly Category[] = profileFieldCategories[name];
  if (!allowed.includes(field.category)) {
    const message = `"${field.category}" does not hold this field; right is ${allowed.join(' or ')}`;
    findings.push({ path: [...path, 'category'], message });
  }
  const purpose = own(policy.purposes, field.purpose);
  if (purpose === undefined) {
    const message = `no purpose "${field.purpose}"; ${known(Object.keys(policy.purposes))}`;
    return [...findings, { path: [...path, 'purpose'], message }];
  }
  const { purposes } = policy.categories[field.category];
  if (!purposes.includes(field.purpose)) {
    const message = `"${field.purpose}" is no purpose of the category ${field.category}; ${known(purposes)}`;
    findings.push({ path: [...path, 'purpose'], message });
  }
  const withoutBasis = (field.kinds ?? []).filter((kind: PersonKind) => purpose.bases[kind] === undefined);
  if (withoutBasis.length > 0) {
    const message = `the purpose "${field.purpose}" has no basis for ${withoutBasis.join(', ')}`;
    findings.push({ path: [...path, 'kinds'], message });
  }
  return findings;
}

function checkMinimumAge({ minimumAge, profile }: Policy): Finding[] {
  if (minimumAge?.proof !== 'birth-date' || profile.fields['birth-date']?.required === true) return [];
  const message = 'a birth date proves the age only where the profile requires one; right is certification';
  return [{ path: ['minimumAge', 'proof'], message }];
}

/** A member of its own, never one that every object inherits. */
function own<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function known(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `known are ${names.join(', ')}`;
}

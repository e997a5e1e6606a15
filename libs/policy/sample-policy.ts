import type { CategoryRule, Policy } from './policy';
import { categories, type Category } from './vocabulary';

/** The smallest profile that loads, for tests: one purpose, every category kept a year. */
export function samplePolicy(): Policy {
  const byCategory = Object.fromEntries(categories.map((category) => [category, sampleRule(category)]));
  return {
    organisation: 'sample',
    name: 'Sample',
    language: 'fr',
    timeZone: 'Europe/Paris',
    fiscalYearEnd: '12-31',
    controller: { email: 'contact@sample.example' },
    policy: { version: 1, effective: '2025-01-01', source: 'Sample policy' },
    profile: { fields: { 'given-name': { category: 'identity', required: true, purpose: 'training' } } },
    externalIds: ['lms'],
    purposes: {
      training: { label: 'Formation', bases: { learner: 'contract' } },
      newsletter: { label: 'Lettre', bases: { learner: 'consent' } },
    },
    consentPurposes: { newsletter: { label: 'Recevoir la lettre' } },
    categories: byCategory as Record<Category, CategoryRule>,
    accounting: { period: 'P10Y', ground: 'Code de commerce, L.123-22', chosenBy: 'source' },
    roles: {},
    notes: [],
  };
}

function sampleRule(category: Category): CategoryRule {
  const rule = { label: category, purposes: ['training'] };
  if (category === 'technical' || category === 'journal') {
    return { ...rule, byDay: true, retention: { period: 'P12M', from: 'day', end: 'delete', chosenBy: 'source' } };
  }
  if (category === 'billing') {
    const from = 'fiscal-year-closed';
    return { ...rule, retention: { period: 'P10Y', from, end: 'delete', chosenBy: 'source' } };
  }
  return { ...rule, retention: { period: 'P1Y', from: 'account-closed', end: 'delete', chosenBy: 'source' } };
}

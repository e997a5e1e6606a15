/**
 * The closed lists that every profile is written in. A word that stands in none of them is refused at start-up, so
 * that two organisations never mean different things by the same word.
 */

/** The data categories: the finest that any of the five published policies tells apart. */
export const categories = [
  'account',
  'identity',
  'contact',
  'demographic',
  'professional-background',
  'family',
  'enrolment',
  'learning',
  'attendance',
  'evidence',
  'attestation',
  'administrative',
  'billing',
  'exchange',
  'contribution',
  'survey',
  'login-history',
  'technical',
  'consent-proof',
  'marketing',
  'staff',
  'rights-request',
  'journal',
  'identity-document',
] as const;
export type Category = (typeof categories)[number];

/** Categories that every organisation keeps by the day, all persons together. */
export const dayCategories: readonly Category[] = ['technical', 'journal'];

/** Kinds of person. A person may be of several. */
export const personKinds = [
  'learner',
  'trainer',
  'client-contact',
  'supplier-contact',
  'partner-contact',
  'prospect',
  'visitor',
  'staff',
] as const;
export type PersonKind = (typeof personKinds)[number];

/** The legal bases of article 6(1) GDPR that a training organisation uses; contract and the steps before it apart. */
export const legalBases = [
  'consent',
  'pre-contract',
  'contract',
  'legitimate-interest',
  'legal-obligation',
  'vital-interest',
] as const;
export type LegalBasis = (typeof legalBases)[number];

/** What a retention period is counted from. */
export const startingEvents = [
  'recorded',
  'last-contact',
  'account-closed',
  'access-ended',
  'training-ended',
  'fiscal-year-closed',
  'exchange-closed',
  'consent-ended',
  'request-closed',
  'programme-ended',
  'day',
] as const;
export type StartingEvent = (typeof startingEvents)[number];

/** Systems whose own number of a person may be recorded. */
export const externalIdSystems = ['lms', 'sso', 'student-number', 'funding-file'] as const;
export type ExternalIdSystem = (typeof externalIdSystems)[number];

/** The values of a profile, and the categories each may be kept in. */
export const profileFieldCategories = {
  'given-name': ['identity'],
  'family-name': ['identity'],
  'birth-date': ['identity', 'demographic'],
  email: ['contact'],
  phone: ['contact'],
  'postal-address': ['contact'],
  nationality: ['demographic'],
  residence: ['demographic'],
  gender: ['demographic'],
  'age-band': ['demographic'],
  language: ['demographic', 'contact'],
  'professional-background': ['professional-background'],
  company: ['professional-background', 'contact'],
  'children-count': ['family'],
  'children-age-bands': ['family'],
  'family-difficulties': ['family'],
  'curriculum-vitae-summary': ['professional-background'],
  qualifications: ['professional-background'],
} as const satisfies Record<string, readonly Category[]>;
export type ProfileFieldName = keyof typeof profileFieldCategories;
export const profileFields = Object.keys(profileFieldCategories) as readonly ProfileFieldName[];

/** How far a role sees: everybody, those of its own sessions or modules, or one person for the time of a grant. */
export const roleScopes = ['organisation', 'own-sessions', 'own-modules', 'grant'] as const;
export type RoleScope = (typeof roleScopes)[number];

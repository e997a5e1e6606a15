import type {
  Category,
  ExternalIdSystem,
  LegalBasis,
  PersonKind,
  ProfileFieldName,
  RoleScope,
  StartingEvent,
} from './vocabulary';

/** Who decided a value: the published policy, or the controller where the policy gives none (PAR-07). */
export type ChosenBy = 'source' | 'controller';

/** The word for a period of nothing: the data end with the starting event itself. */
export const noneBeyondBasis = 'none-beyond-basis';

/** When data of a category end. */
export interface RetentionRule {
  /** ISO 8601 duration in years, months, weeks and days (`P5Y`), or `none-beyond-basis`. */
  readonly period: string;
  readonly from: StartingEvent;
  /** What happens at the end. Both destroy the key; `anonymise` keeps what no longer concerns anybody. */
  readonly end: 'delete' | 'anonymise';
  /** The law or reason the period rests on. */
  readonly ground?: string;
  readonly chosenBy: ChosenBy;
  /** Why; required where the controller chose. */
  readonly note?: string;
}

export interface CategoryRule {
  readonly label: string;
  /** Ids of purposes. Empty: the organisation keeps nothing of this category. */
  readonly purposes: readonly string[];
  readonly retention: RetentionRule;
  /** Other rules for some kinds of person, where the organisation tells them apart. */
  readonly retentionByKind?: Readonly<Partial<Record<PersonKind, RetentionRule>>>;
  /** Units hang under a key of the category and the day, and end together. Exactly where the period is from `day`. */
  readonly byDay?: boolean;
}

export interface ProfileField {
  readonly category: Category;
  readonly required: boolean;
  /** Of whom it may be recorded; absent: of every kind that the purpose has a basis for. */
  readonly kinds?: readonly PersonKind[];
  readonly purpose: string;
}

export interface Purpose {
  readonly label: string;
  /** One basis per kind of person; a kind that is not named is not concerned. */
  readonly bases: Readonly<Partial<Record<PersonKind, LegalBasis>>>;
  /** What was weighed, where a basis is a legitimate interest. */
  readonly balance?: string;
  readonly note?: string;
}

export interface ConsentPurpose {
  /** What the person is asked, in the organisation's language. */
  readonly label: string;
  /** After this the consent ends by itself; absent: it lasts until withdrawn. */
  readonly lastsFor?: string;
}

export interface Role {
  readonly label: string;
  readonly reads: readonly Category[];
  readonly scope: RoleScope;
  readonly chosenBy: ChosenBy;
  readonly note?: string;
}

/** Facts about the controller. What its published policy does not give is absent. */
export interface Controller {
  readonly legalName?: string;
  readonly legalForm?: string;
  /** Entry in the register of companies, as printed. */
  readonly registration?: string;
  /** Number of the declaration as a training organisation. */
  readonly declaration?: string;
  /** Quality certification and how far it has come. */
  readonly certification?: { readonly name: string; readonly state: 'in-progress' | 'certified' };
  readonly address?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly website?: string;
  readonly officer?: { readonly title: string; readonly email?: string; readonly address?: string };
}

/** A remark on the profile: a conflict inside the source, or a choice. `about` names the member it concerns. */
export interface PolicyNote {
  readonly about: string;
  readonly text: string;
  readonly chosenBy?: ChosenBy;
}

/** One organisation's profile: what it may hold, why, for how long, and who reads it. */
export interface Policy {
  /** Slug of a-z and 0-9; the name of the file. */
  readonly organisation: string;
  readonly name: string;
  readonly language: string;
  /** IANA name; every period is counted in it. */
  readonly timeZone: string;
  /** Month and day (MM-DD) on which the fiscal year closes; 02-29 is the last day of February. */
  readonly fiscalYearEnd: string;
  readonly controller: Controller;
  readonly policy: { readonly version: number; readonly effective?: string; readonly source: string };
  readonly minimumAge?: { readonly years: number; readonly proof: 'birth-date' | 'certification' };
  readonly inactivity?: Inactivity;
  /** Whether the source promises that each legitimate interest was weighed before: then `balance` is required. */
  readonly balanceRequired?: boolean;
  readonly profile: { readonly fields: Readonly<Partial<Record<ProfileFieldName, ProfileField>>> };
  readonly externalIds: readonly ExternalIdSystem[];
  readonly purposes: Readonly<Record<string, Purpose>>;
  readonly consentPurposes: Readonly<Record<string, ConsentPurpose>>;
  readonly categories: Readonly<Record<Category, CategoryRule>>;
  readonly accounting: Accounting;
  readonly roles: Readonly<Record<string, Role>>;
  readonly notes: readonly PolicyNote[];
}

/** How long accounting documents are kept, from the close of their fiscal year, and by which law. */
export interface Accounting {
  readonly period: string;
  readonly ground: string;
  readonly chosenBy: ChosenBy;
  readonly note?: string;
}

/** Accounts that nobody uses: reminded, then erased unless somebody logs in. Counted from the last login. */
export interface Inactivity {
  readonly activeWithin: string;
  readonly remindAfter: string;
  /** Counted from the reminder. */
  readonly eraseAfter: string;
  readonly chosenBy: ChosenBy;
}

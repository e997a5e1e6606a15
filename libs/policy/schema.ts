import { noneBeyondBasis } from './policy';
import {
  categories,
  externalIdSystems,
  legalBases,
  personKinds,
  profileFields,
  roleScopes,
  startingEvents,
} from './vocabulary';

export type * from './policy';

/** A period in whole years, months, weeks and days, none of them zero (ISO 8601 duration without a time part). */
export const periodPattern = '^P(?=\\d)([1-9]\\d*Y)?([1-9]\\d*M)?([1-9]\\d*W)?([1-9]\\d*D)?$';

const text = { type: 'string', minLength: 1 } as const;
const email = { type: 'string', pattern: '^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$' } as const;
const period = { type: 'string', pattern: periodPattern } as const;
const chosenBy = { enum: ['source', 'controller'] } as const;
const slug = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';

type Members = Readonly<Record<string, object>>;

/** An object that takes the given members and no other; those of `optional` may be absent. */
function exactly(required: Members, optional: Members = {}): object {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(required),
    properties: { ...required, ...optional },
  };
}

/** An object whose members are named by one of a closed list. */
function byName(names: readonly string[], member: object, all = false): object {
  return {
    type: 'object',
    additionalProperties: false,
    ...(all ? { required: names } : {}),
    properties: Object.fromEntries(names.map((name) => [name, member])),
  };
}

/** An object whose members are named by the organisation itself, in kebab-case. */
function byOwnName(member: object): object {
  return { type: 'object', propertyNames: { pattern: slug }, additionalProperties: member };
}

function listOf(item: object): object {
  return { type: 'array', uniqueItems: true, items: item };
}

const retention = exactly(
  {
    period: { type: 'string', pattern: `${periodPattern}|^${noneBeyondBasis}$` },
    from: { enum: startingEvents },
    end: { enum: ['delete', 'anonymise'] },
    chosenBy,
  },
  { ground: text, note: text },
);

const categoryRule = exactly(
  { label: text, purposes: listOf({ type: 'string', pattern: slug }), retention },
  { retentionByKind: byName(personKinds, retention), byDay: { type: 'boolean' } },
);

const profileField = exactly(
  { category: { enum: categories }, required: { type: 'boolean' }, purpose: { type: 'string', pattern: slug } },
  { kinds: { ...listOf({ enum: personKinds }), minItems: 1 } },
);

const purpose = exactly(
  { label: text, bases: { ...byName(personKinds, { enum: legalBases }), minProperties: 1 } },
  { balance: text, note: text },
);

const controller = exactly(
  {},
  {
    legalName: text,
    legalForm: text,
    registration: text,
    declaration: { type: 'string', pattern: '^\\d{11}$' },
    certification: exactly({ name: text, state: { enum: ['in-progress', 'certified'] } }),
    address: text,
    email,
    phone: { type: 'string', pattern: '^\\+\\d[\\d ]+$' },
    website: { type: 'string', pattern: '^https://' },
    officer: exactly({ title: text }, { email, address: text }),
  },
);

const role = exactly(
  { label: text, reads: listOf({ enum: categories }), scope: { enum: roleScopes }, chosenBy },
  { note: text },
);

/** JSON Schema of one organisation's profile, as its YAML file is read. Nothing beyond it is accepted. */
export const policySchema: object = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Organisation profile',
  ...exactly(
    {
      organisation: { type: 'string', pattern: '^[a-z0-9]{1,40}$' },
      name: text,
      language: { type: 'string', pattern: '^[a-z]{2}$' },
      timeZone: text,
      fiscalYearEnd: { type: 'string', pattern: '^(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$' },
      controller,
      policy: exactly(
        { version: { type: 'integer', minimum: 1 }, source: text },
        { effective: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' } },
      ),
      profile: exactly({ fields: byName(profileFields, profileField) }),
      externalIds: listOf({ enum: externalIdSystems }),
      purposes: byOwnName(purpose),
      consentPurposes: byOwnName(exactly({ label: text }, { lastsFor: period })),
      categories: byName(categories, categoryRule, true),
      accounting: exactly({ period, ground: text, chosenBy }, { note: text }),
      roles: byOwnName(role),
      notes: { type: 'array', items: exactly({ about: text, text }, { chosenBy }) },
    },
    {
      minimumAge: exactly({
        years: { type: 'integer', minimum: 1, maximum: 120 },
        proof: { enum: ['birth-date', 'certification'] },
      }),
      inactivity: exactly({ activeWithin: period, remindAfter: period, eraseAfter: period, chosenBy }),
      balanceRequired: { type: 'boolean' },
    },
  ),
};

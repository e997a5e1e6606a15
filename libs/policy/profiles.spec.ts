import { join } from 'node:path';
import {
  categories,
  legalBases,
  loadPolicies,
  profileFields,
  retentionEnd,
  ruleFor,
  warningsOf,
  type Category,
  type PersonKind,
  type Policy,
} from './index';

const policies = loadPolicies(join(__dirname, '../../policies'));
const slugs = ['minairva', 'mira', 'miravolunex', 'moniravique', 'parene'];

function profile(slug: string): Policy {
  const policy = policies.get(slug);
  if (policy === undefined) throw new Error(`no profile ${slug}`);
  return policy;
}

/** The rule as one text: period, starting event, who chose. */
function rule(slug: string, category: Category, kind?: PersonKind): string {
  const { period, from, chosenBy } = ruleFor(profile(slug), category, kind);
  return `${period} from ${from}, ${chosenBy}`;
}

/** The first instant at which a fact of this instant is no longer kept. */
function end(slug: string, category: Category, start: string): string {
  return retentionEnd(profile(slug), category, new Date(start)).toISOString();
}

const basesOf = (slug: string, purpose: string) => profile(slug).purposes[purpose]?.bases;
const fieldsOf = (slug: string) => Object.keys(profile(slug).profile.fields).sort();

describe('the shipped profiles', () => {
  it('are the five, and load', () => {
    expect([...policies.keys()]).toEqual(slugs);
  });

  it('open the billing category to accounting, and nothing else', () => {
    for (const slug of slugs) expect(profile(slug).roles['accounting']?.reads).toEqual(['billing']);
  });

  it('record a balance for every legitimate interest', () => {
    const codes = slugs.flatMap((slug) => warningsOf(profile(slug))).map(({ code }) => code);
    expect(codes).not.toContain('balance-missing');
  });
});

describe('retention', () => {
  const noon = '2025-06-15T10:00:00Z';

  it('MIRA-14 account and learning end with the access, the evidence five years after the training', () => {
    for (const category of ['account', 'identity', 'contact', 'login-history', 'learning'] as const) {
      expect(rule('mira', category)).toBe('none-beyond-basis from access-ended, source');
    }
    expect(rule('mira', 'evidence')).toBe('P5Y from training-ended, source');
    expect(end('mira', 'evidence', noon)).toBe('2030-06-15T22:00:00.000Z');
  });

  it('MIRA-15 billing is kept ten years from the close of the fiscal year', () => {
    expect(rule('mira', 'billing')).toBe('P10Y from fiscal-year-closed, source');
    expect(end('mira', 'billing', noon)).toBe('2035-12-31T23:00:00.000Z');
  });

  it('MIRA-16 exchanges are kept five years from their closing', () => {
    expect(rule('mira', 'exchange')).toBe('P5Y from exchange-closed, source');
  });

  it('MIRA-17 technical data are kept twelve months, by the day', () => {
    expect(rule('mira', 'technical')).toBe('P12M from day, source');
    expect(profile('mira').categories.technical.byDay).toBe(true);
    expect(end('mira', 'technical', noon)).toBe('2026-06-15T22:00:00.000Z');
  });

  it('MVX-06 the schedule holds the published table, and ends each category on its day', () => {
    expect(rule('miravolunex', 'identity')).toBe('P1Y from account-closed, source');
    expect(rule('miravolunex', 'contact')).toBe('P1Y from account-closed, source');
    expect(rule('miravolunex', 'learning')).toBe('P3Y from account-closed, source');
    expect(rule('miravolunex', 'login-history')).toBe('P12M from day, source');
    expect(rule('miravolunex', 'exchange')).toBe('P2Y from last-contact, source');
    expect(rule('miravolunex', 'billing')).toBe('P10Y from fiscal-year-closed, source');
    expect(end('miravolunex', 'identity', noon)).toBe('2026-06-15T22:00:00.000Z');
    expect(end('miravolunex', 'learning', noon)).toBe('2028-06-15T22:00:00.000Z');
  });

  it('MIN-04 each category counts from its own starting event, and what the source leaves open is chosen', () => {
    for (const category of ['administrative', 'enrolment', 'learning', 'evidence', 'attestation'] as const) {
      expect(rule('minairva', category)).toBe('P5Y from training-ended, source');
    }
    expect(rule('minairva', 'billing')).toBe('P10Y from fiscal-year-closed, source');
    expect(rule('minairva', 'survey')).toBe('P3Y from recorded, source');
    expect(rule('minairva', 'login-history')).toBe('P1Y from training-ended, source');
    expect(rule('minairva', 'marketing')).toBe('P3Y from last-contact, source');
    expect(rule('minairva', 'identity', 'prospect')).toBe('P3Y from last-contact, source');
    for (const kind of [undefined, 'trainer', 'client-contact'] as const) {
      expect(rule('minairva', 'identity', kind)).toMatch(/, controller$/);
    }
  });

  it('MON-17 the longer of two published periods holds, and is warned about', () => {
    expect(rule('moniravique', 'billing')).toBe('P7Y from fiscal-year-closed, source');
    expect(end('moniravique', 'billing', noon)).toBe('2032-12-31T23:00:00.000Z');
    const [warning, ...others] = warningsOf(profile('moniravique'));
    expect(warning).toMatchObject({ code: 'accounting-below-ten-years', path: 'accounting.period' });
    expect(others).toEqual([]);
    const note = profile('moniravique').notes.find(({ about }) => about === 'accounting.period');
    expect(note?.text).toMatch(/sept ans.*six.*L\.123-22/);
  });

  it('MON-18 login logs and usage traces are kept thirteen months, by the day', () => {
    expect(rule('moniravique', 'login-history')).toBe('P13M from day, source');
    expect(rule('moniravique', 'technical')).toBe('P13M from day, source');
    expect(end('moniravique', 'technical', '2025-01-31T10:00:00Z')).toBe('2026-02-28T23:00:00.000Z');
  });

  it('PAR-07 every category has a rule, and where the source is silent the controller chose and says why', () => {
    for (const slug of slugs) {
      const rules = categories.map((category) => ruleFor(profile(slug), category));
      for (const { chosenBy, note } of rules) expect(chosenBy === 'source' || (note ?? '') !== '').toBe(true);
    }
    const fromSource = categories.filter((category) => ruleFor(profile('parene'), category).chosenBy === 'source');
    expect(fromSource).toEqual(['rights-request']);
  });

  it('PAR-09 records of rights requests are kept six years', () => {
    expect(rule('parene', 'rights-request')).toBe('P6Y from request-closed, source');
  });
});

describe('bases', () => {
  it('MIRA-06 contract, consent, legitimate interest and legal obligation, one per purpose and kind', () => {
    expect(basesOf('mira', 'training-delivery')).toMatchObject({ learner: 'contract' });
    expect(basesOf('mira', 'marketing')).toEqual({ learner: 'consent', prospect: 'consent', visitor: 'consent' });
    expect(basesOf('mira', 'trackers-performance')).toEqual({ visitor: 'consent', learner: 'consent' });
    expect(basesOf('mira', 'security')).toMatchObject({ learner: 'legitimate-interest' });
    expect(basesOf('mira', 'accounting')).toEqual({ learner: 'legal-obligation' });
    expect(basesOf('mira', 'fraud-duty')).toMatchObject({ learner: 'legal-obligation' });
  });

  it('MVX-13 newsletters and marketing rest on consent, certificates on the contract', () => {
    for (const purpose of ['newsletter', 'events', 'new-programmes']) {
      expect(basesOf('miravolunex', purpose)).toEqual({ learner: 'consent', prospect: 'consent' });
      expect(profile('miravolunex').consentPurposes).toHaveProperty(purpose);
    }
    expect(basesOf('miravolunex', 'attestations')).toEqual({ learner: 'contract' });
    expect(basesOf('miravolunex', 'authorities')).toMatchObject({ learner: 'legal-obligation' });
  });

  it('MIN-03 surveys need consent, and prospecting takes the stricter basis for private persons', () => {
    expect(basesOf('minairva', 'surveys')).toEqual({
      learner: 'consent',
      trainer: 'consent',
      'client-contact': 'consent',
    });
    expect(basesOf('minairva', 'prospecting')).toEqual({
      learner: 'consent',
      prospect: 'consent',
      'client-contact': 'legitimate-interest',
    });
    expect(profile('minairva').notes.map(({ about }) => about)).toContain('purposes.prospecting');
  });

  it('MON-22 consent is asked for what the organisation lists, and every interest was weighed', () => {
    expect(Object.keys(profile('moniravique').consentPurposes)).toEqual(['newsletter', 'testimonials', 'studies']);
    expect(profile('moniravique').balanceRequired).toBe(true);
    for (const { bases, balance } of Object.values(profile('moniravique').purposes)) {
      if (Object.values(bases).includes('legitimate-interest')) expect(balance).toBeTruthy();
    }
  });

  it('PAR-05 all six bases are in use', () => {
    const used = new Set(Object.values(profile('parene').purposes).flatMap(({ bases }) => Object.values(bases)));
    expect([...used].sort()).toEqual([...legalBases].sort());
  });
});

describe('persons', () => {
  it('PAR-04 each organisation may record its own fields, and no other', () => {
    const common = ['email', 'family-name', 'given-name', 'phone'];
    expect(fieldsOf('miravolunex')).toEqual(common);
    expect(fieldsOf('mira')).toEqual(['birth-date', ...common]);
    expect(fieldsOf('moniravique')).toEqual(
      [...common, 'children-count', 'children-age-bands', 'family-difficulties'].sort(),
    );
    expect(fieldsOf('minairva')).toEqual(
      [
        ...common,
        'postal-address',
        'professional-background',
        'company',
        'curriculum-vitae-summary',
        'qualifications',
      ].sort(),
    );
    expect(fieldsOf('parene')).toEqual(
      [...common, 'company', 'nationality', 'residence', 'age-band', 'gender', 'language'].sort(),
    );
    for (const slug of slugs) expect(fieldsOf(slug).length).toBeLessThan(profileFields.length);
    expect(profile('parene').externalIds).toContain('student-number');
    expect(Object.keys(basesOf('parene', 'business-relations') ?? {})).toEqual(
      expect.arrayContaining(['client-contact', 'supplier-contact']),
    );
  });

  it('MVX-27 adults only, by certification since no birth date is collected', () => {
    expect(profile('miravolunex').minimumAge).toEqual({ years: 18, proof: 'certification' });
    expect(fieldsOf('miravolunex')).not.toContain('birth-date');
  });

  it('MON-20 nobody under sixteen, by the certification that registering implies', () => {
    expect(profile('moniravique').minimumAge).toEqual({ years: 16, proof: 'certification' });
  });

  it('sets no minimum age where the source has none', () => {
    for (const slug of ['mira', 'minairva', 'parene']) expect(profile(slug).minimumAge).toBeUndefined();
  });

  it('MIN-01 the profile bears the declaration, the certification under way, the officer and the contacts', () => {
    expect(profile('minairva').controller).toMatchObject({
      declaration: '11757193375',
      certification: { name: 'Qualiopi', state: 'in-progress' },
      email: 'formation@minairva.com',
      officer: { email: 'dpo@minairva.com' },
    });
  });
});

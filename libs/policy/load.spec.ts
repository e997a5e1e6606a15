import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { digestOf, loadPolicies, PolicyError, readPolicy, warningsOf, type Policy } from './index';
import { samplePolicy } from './sample-policy';

type Changes = Readonly<Record<string, unknown>>;

/** The sample after changes, each named by its path; `undefined` takes the member away. */
function changed(changes: Changes = {}): Policy {
  const policy = structuredClone(samplePolicy());
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop() as string;
    const target = steps.reduce((node, step) => node[step] as Branch, policy as unknown as Branch);
    if (value === undefined) delete target[last];
    else target[last] = value;
  }
  return policy;
}
type Branch = Record<string, unknown>;

/** The problems of the sample after changes, as "path: message". */
function problemsAfter(changes: Changes): string[] {
  const { problems } = readPolicy('sample.yaml', stringify(changed(changes)));
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

const field = 'profile.fields.given-name';
const basis = 'purposes.training.bases.learner';
const learning = 'categories.learning';

describe('readPolicy', () => {
  it('takes the sample', () => {
    expect(problemsAfter({})).toEqual([]);
  });

  it.each<[string, Changes, string]>([
    ['an unknown member', { colour: 'red' }, 'colour: is not known here; known are organisation,'],
    ['a missing member', { timeZone: undefined }, 'timeZone: is missing'],
    ['an unknown profile field', { 'profile.fields.shoe': {} }, 'profile.fields.shoe: is not known here'],
    ['an unknown external system', { externalIds: ['fax'] }, 'externalIds.0: is "fax"; right is one of lms'],
    ['an unknown basis', { [basis]: 'habit' }, 'is "habit"; right is one of consent'],
    ['a purpose without a basis', { 'purposes.training.bases': {} }, 'purposes.training.bases: is {}; it must'],
    ['a name not in kebab-case', { 'consentPurposes.Big': { label: 'x' } }, 'consentPurposes.Big: is no name'],
    ['a period with hours', { [`${learning}.retention.period`]: 'PT5H' }, 'is "PT5H"; right is a text'],
    ['a starting event that is none', { [`${learning}.retention.from`]: 'soon' }, 'right is one of recorded'],
    ['a time zone that is none', { timeZone: 'Paris' }, 'timeZone: "Paris" is no IANA time zone'],
    ['a fiscal year that never closes', { fiscalYearEnd: '02-30' }, 'fiscalYearEnd: "02-30" is no day'],
    ['a date that is none', { 'policy.effective': '2025-02-30' }, 'policy.effective: "2025-02-30" is no day'],
    ['a purpose nobody defined', { [`${learning}.purposes`]: ['fun'] }, 'no purpose "fun"; known are'],
    ['an inherited name', { [`${learning}.purposes`]: ['constructor'] }, 'no purpose "constructor"'],
    ['a consent to nothing', { 'consentPurposes.fun': { label: 'x' } }, 'consentPurposes.fun: no such purpose'],
    ['a consent beside a contract', { 'consentPurposes.training': { label: 'x' } }, 'rests on consent for no kind'],
    ['a consent never asked', { consentPurposes: {} }, 'purposes.newsletter: rests on consent'],
    ['a day counted from elsewhere', { 'categories.journal.retention.from': 'recorded' }, 'right is from: day'],
    ['a day without byDay', { 'categories.survey.retention.from': 'day' }, 'must then be byDay: true'],
    ['no period for a day', { 'categories.journal.retention.period': 'none-beyond-basis' }, 'needs a duration'],
    ['a journal not by the day', { 'categories.journal.byDay': false }, 'categories.journal.byDay: this category'],
    ['billing that differs', { 'accounting.period': 'P7Y' }, 'differs from accounting.period'],
    ['billing from elsewhere', { 'categories.billing.retention.from': 'recorded' }, 'from fiscal-year-closed'],
    ['a field in a wrong category', { [`${field}.category`]: 'billing' }, 'right is identity'],
    ['a field for no purpose', { [`${field}.purpose`]: 'fun' }, 'no purpose "fun"'],
    ['a field beside its category', { [`${field}.purpose`]: 'newsletter' }, 'is no purpose of the category identity'],
    ['a field of a kind with no basis', { [`${field}.kinds`]: ['staff'] }, 'has no basis for staff'],
    ['an age no date proves', { minimumAge: { years: 18, proof: 'birth-date' } }, 'right is certification'],
    ['a balance promised and absent', { balanceRequired: true, [basis]: 'legitimate-interest' }, 'what was weighed'],
  ])('refuses %s', (_, changes, expected) => {
    expect(problemsAfter(changes).join('\n')).toContain(expected);
  });

  it('PAR-07 a category with no rule is refused, by its name', () => {
    expect(problemsAfter({ 'categories.family': undefined })).toEqual([
      'categories.family: has no rule; every category needs one, also one that stays empty',
    ]);
  });

  it('PAR-07 a choice of the controller is refused without its reason', () => {
    expect(problemsAfter({ [`${learning}.retention.chosenBy`]: 'controller' })).toEqual([
      'categories.learning.retention: chosen by the controller: "note" must say why',
    ]);
  });

  it('names every problem, each with its line and column', () => {
    const text = stringify(changed({ timeZone: 'Paris', [`${learning}.purposes`]: ['fun'] }));
    const { problems } = readPolicy('sample.yaml', text);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatchObject({ file: 'sample.yaml', path: 'timeZone', line: 4, column: 11 });
  });

  it('gives line and column of a syntax error, and of a member given twice', () => {
    const [broken] = readPolicy('sample.yaml', 'name: a\nroles: [x\n').problems;
    expect(broken).toMatchObject({ file: 'sample.yaml', line: 3, column: 1 });
    const [twice] = readPolicy('sample.yaml', 'name: a\nname: b\n').problems;
    expect(twice?.message).toContain('no valid YAML');
    expect(twice).toMatchObject({ line: 2, column: 1 });
  });
});

describe('loadPolicies', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'policies-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (file: string, policy: Policy) => writeFileSync(join(folder, file), stringify(policy));

  function failure(): PolicyError {
    try {
      loadPolicies(folder);
    } catch (error) {
      return error as PolicyError;
    }
    throw new Error('the profiles loaded');
  }

  it('reads every profile of a folder and nothing else', () => {
    write('sample.yaml', changed());
    writeFileSync(join(folder, 'README.md'), '# not a profile');
    expect([...loadPolicies(folder).keys()]).toEqual(['sample']);
  });

  it('refuses a file that does not bear the slug, and a slug given twice', () => {
    write('other.yaml', changed());
    write('sample.yaml', changed());
    expect(failure()).toBeInstanceOf(PolicyError);
    expect(failure().message).toMatch(/other\.yaml:1:15: organisation: .* must be named sample\.yaml/);
    expect(failure().message).toContain(
      'sample.yaml: organisation: "sample" is already the organisation of other.yaml',
    );
  });

  it('lists the problems of all files in one error', () => {
    write('a.yaml', changed({ organisation: 'a', timeZone: 'x' }));
    write('b.yaml', changed({ organisation: 'b', fiscalYearEnd: '13-01' }));
    expect(failure().problems.map(({ file, path }) => `${file} ${path}`)).toEqual([
      'a.yaml timeZone',
      'b.yaml fiscalYearEnd',
    ]);
  });

  it('refuses an empty folder, and one that is not there', () => {
    expect(failure().message).toContain('holds no profile');
    expect(() => loadPolicies(join(folder, 'nowhere'))).toThrow('no such folder');
  });
});

describe('digestOf', () => {
  const read = (text: string) => readPolicy('sample.yaml', text).policy as Policy;

  it('does not change with comments and order, and does with any value', () => {
    const text = stringify(samplePolicy());
    const reordered = stringify(Object.fromEntries(Object.entries(samplePolicy()).reverse()));
    expect(digestOf(read(`# comment\n${reordered}`))).toBe(digestOf(read(text)));
    expect(digestOf(read(text.replace('P1Y', 'P2Y')))).not.toBe(digestOf(read(text)));
    expect(digestOf(read(text))).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('warningsOf', () => {
  it('finds nothing to say of the sample', () => {
    expect(warningsOf(samplePolicy())).toEqual([]);
  });

  it('names a missing balance, contact and date', () => {
    const policy = changed({ [basis]: 'legitimate-interest', controller: {}, 'policy.effective': undefined });
    const codes = warningsOf(policy).map(({ code }) => code);
    expect(codes).toEqual(['balance-missing', 'contact-missing', 'effective-date-missing']);
  });
});

import { Refusal } from '@ardoise/decider';
import type { Policy } from '@ardoise/policy';
import { checkRegistration, type ProfileValue, type Registration } from './profile';
import { learner, occurredAt, profileOf } from './sample-person';

/** Code and place of the refusal; undefined when the registration is accepted. */
function refusal(organisation: string | Policy, changes: Partial<Registration> = {}, now = occurredAt) {
  const policy = typeof organisation === 'string' ? profileOf(organisation) : organisation;
  try {
    checkRegistration(policy, { ...learner, ...changes }, now);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    const { code, at } = error as Refusal;
    return at === undefined ? code : `${code} ${at}`;
  }
}

const withValues = (...values: ProfileValue[]): Partial<Registration> => ({
  profileValues: [...learner.profileValues, ...values],
});

describe('an organisation profile', () => {
  it.each(['mira', 'minairva', 'parene'])('of %s takes a learner with what it requires', (organisation) => {
    expect(refusal(organisation)).toBeUndefined();
  });

  it('PAR-04: refuses a field that is not in it', () => {
    const nationality = withValues({ name: 'nationality', value: 'française' });
    expect(refusal('parene', nationality)).toBeUndefined();
    expect(refusal('mira', nationality)).toBe('field-not-in-profile /profileValues/3/name');
    expect(refusal('mira', withValues({ name: 'constructor', value: 'x' }))).toBe(
      'field-not-in-profile /profileValues/3/name',
    );
  });

  it('PAR-04: takes client and supplier contacts with the fields that are theirs', () => {
    const company = withValues({ name: 'company', value: 'Scierie Lemaire' });
    expect(refusal('parene', { ...company, kinds: ['client-contact'] })).toBeUndefined();
    expect(refusal('parene', { ...company, kinds: ['supplier-contact'] })).toBeUndefined();
    expect(refusal('parene', company)).toBe('field-not-for-kind /profileValues/3/name');
    expect(refusal('mira', { kinds: ['client-contact'] })).toBe('kind-not-in-profile /kinds/0');
  });

  it('refuses a person without what it requires, but of a visitor it requires nothing', () => {
    expect(refusal('mira', { profileValues: learner.profileValues.slice(1) })).toBe(
      'profile-value-missing /profileValues',
    );
    expect(refusal('mira', { kinds: ['visitor'], profileValues: [] })).toBeUndefined();
  });

  it('refuses no kind, a kind twice, a value twice', () => {
    expect(refusal('mira', { kinds: [] })).toBe('kinds-missing /kinds');
    expect(refusal('mira', { kinds: ['learner', 'learner'] })).toBe('kind-twice /kinds/1');
    expect(refusal('mira', withValues({ name: 'given-name', value: 'Zoë' }))).toBe(
      'profile-value-twice /profileValues/3/name',
    );
  });

  it('refuses an external id twice, however its accents are typed, and of a system that it does not keep', () => {
    const twice = [
      { system: 'lms', externalId: 'zoé' },
      { system: 'lms', externalId: 'zoe\u0301' },
    ];
    expect(refusal('mira', { externalIds: twice })).toBe('external-id-twice /externalIds/1');
    expect(refusal('mira', { externalIds: [{ system: 'funding-file', externalId: '1' }] })).toBe(
      'external-id-system-not-in-profile /externalIds/0/system',
    );
  });

  it.each([
    ['email', 'zoe@', 'email-malformed'],
    ['email', 'zoe@example', 'email-malformed'],
    ['email', 'zoe lemaire@example.org', 'email-malformed'],
    ['phone', '06 12 34 56 78', undefined],
    ['phone', '+33 (0)6-12-34-56-78', undefined],
    ['phone', 'none', 'phone-malformed'],
    ['phone', '1234567890123456', 'phone-malformed'],
    ['birth-date', '1990-05-01', undefined],
    ['birth-date', '1990-02-30', 'birth-date-malformed'],
    ['birth-date', '01/05/1990', 'birth-date-malformed'],
    ['birth-date', '2026-01-06', 'birth-date-in-the-future'],
    ['birth-date', '2026-01-05', undefined],
    ['phone', ' ', 'value-blank'],
  ])('checks the form of %s: %s', (name, value, code) => {
    const profileValues = [...learner.profileValues.filter((known) => known.name !== name), { name, value }];
    const at = `/profileValues/${profileValues.length - 1}/value`;
    expect(refusal('mira', { profileValues })).toBe(code && `${code} ${at}`);
  });
});

describe('the least age', () => {
  const byBirthDate: Policy = { ...profileOf('mira'), minimumAge: { years: 18, proof: 'birth-date' } };
  const bornOn = (value: string): Partial<Registration> => withValues({ name: 'birth-date', value });
  const tooYoung = 'under-age /profileValues/3/value';

  it('MVX-27: registration under 18 is refused by the certification that the profile asks for', () => {
    expect(refusal('miravolunex', { ageCertified: true })).toBeUndefined();
    expect(refusal('miravolunex', { ageCertified: false })).toBe('under-age /ageCertified');
    expect(refusal('miravolunex')).toBe('age-certification-missing /ageCertified');
  });

  it('MON-20: no account under sixteen, by the certification that registering implies', () => {
    expect(refusal('moniravique', { ageCertified: true })).toBeUndefined();
    expect(refusal('moniravique', { ageCertified: false })).toBe('under-age /ageCertified');
    expect(refusal('moniravique')).toBe('age-certification-missing /ageCertified');
    expect(refusal('moniravique', { kinds: ['visitor'], profileValues: [] })).toBeUndefined();
  });

  it('MVX-27: by birth date, date to date in the organisation’s time zone', () => {
    expect(refusal(byBirthDate, bornOn('2008-01-05'))).toBeUndefined();
    expect(refusal(byBirthDate, bornOn('2008-01-06'))).toBe(tooYoung);
    // An hour before midnight in UTC it is the next day in Paris.
    expect(refusal(byBirthDate, bornOn('2008-01-06'), '2026-01-05T23:00:00.000Z')).toBeUndefined();
    expect(refusal(byBirthDate, bornOn('2008-01-06'), '2026-01-05T22:59:59.999Z')).toBe(tooYoung);
  });

  it('of somebody born on 29 February is reached on the last day of February', () => {
    expect(refusal(byBirthDate, bornOn('2008-02-29'), '2026-02-27T12:00:00.000Z')).toBe(tooYoung);
    expect(refusal(byBirthDate, bornOn('2008-02-29'), '2026-02-28T12:00:00.000Z')).toBeUndefined();
  });

  it('is not certified where nobody asks', () => {
    expect(refusal('mira', { ageCertified: true })).toBe('age-certification-not-asked /ageCertified');
    expect(refusal(byBirthDate, { ...bornOn('1990-01-01'), ageCertified: true })).toBe(
      'age-certification-not-asked /ageCertified',
    );
  });
});

import type { Policy } from '@ardoise/policy';
import { allowedCategories, CategoriesNotAllowedError, checkTerms, wants } from './terms';

const policy = {
  roles: {
    teaching: { label: 'Équipe', scope: 'organisation', reads: ['learning', 'attendance'], chosenBy: 'source' },
    trainer: { label: 'Formateur', scope: 'own-sessions', reads: ['learning'], chosenBy: 'source' },
  },
} as unknown as Policy;
const known = new Set(['attempt-graded', 'keys-fenced']);
const check = (terms: object) => () =>
  checkTerms({ types: ['attempt-graded'], categories: [], ...terms }, policy, known);

describe('the terms of a subscription', () => {
  it('may ask for headers without any role, and for categories that the role reads', () => {
    expect(check({})).not.toThrow();
    expect(check({ types: ['*'] })).not.toThrow();
    expect(check({ role: 'teaching', categories: ['learning', 'attendance'] })).not.toThrow();
    expect(check({ role: 'trainer' })).not.toThrow();
  });

  it.each([
    ['no types', { types: [] }, 'event-types-missing', '/types'],
    ['a type that there is not', { types: ['attempt-graded', 'lost'] }, 'event-type-unknown', '/types/1'],
    ['content for nobody', { categories: ['learning'] }, 'role-missing', '/role'],
    ['a role that there is not', { role: 'toString', categories: ['learning'] }, 'role-unknown', '/role'],
    [
      'what the role does not read',
      { role: 'teaching', categories: ['learning', 'billing'] },
      'categories-not-allowed',
      '/categories/1',
    ],
    [
      'everybody for a role that sees some',
      { role: 'trainer', categories: ['learning'] },
      'categories-not-allowed',
      '/role',
    ],
  ])('may not ask for %s', (_, terms, code, at) => {
    expect(check(terms)).toThrow(expect.objectContaining({ code, at }));
  });

  it('say what would be right', () => {
    const refused = check({ role: 'teaching', categories: ['billing'] });
    expect(refused).toThrow(CategoriesNotAllowedError);
    expect(refused).toThrow('this role reads learning, attendance');
  });

  it('are cut down to what a narrower policy still allows', () => {
    const terms = { types: ['*'], role: 'teaching', categories: ['learning', 'identity'] };
    expect([...allowedCategories(terms, policy)]).toEqual(['learning']);
    expect(allowedCategories(terms, undefined).size).toBe(0);
    expect(allowedCategories({ ...terms, role: 'trainer' }, policy).size).toBe(0);
  });

  it('tell the types they want', () => {
    expect([wants({ types: ['*'] }, 'any'), wants({ types: ['a'] }, 'a'), wants({ types: ['a'] }, 'b')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

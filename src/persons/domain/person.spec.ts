import { erased, given, givenId } from '@ardoise/given';
import { person } from './person';
import {
  externalId,
  id,
  learner,
  merged,
  occurredAt,
  other,
  profileOf,
  registered,
  valueRecorded,
} from './sample-person';

const mira = profileOf('mira');
const register = { type: 'register', person: id, policy: mira, registration: learner } as const;
const record = { type: 'record-profile-value', person: id, policy: mira } as const;
const givenName = valueRecorded('identity', 'given-name-0', 'given-name', 'Zoé');

describe('person', () => {
  it('is registered with everything in one append, each value under a unit of its own', () => {
    given(person)
      .when({ ...register, registration: { ...learner, externalIds: [{ system: 'lms', externalId: '17' }] } })
      .then(
        registered,
        givenName,
        valueRecorded('identity', 'family-name-1', 'family-name', 'Lemaire'),
        valueRecorded('contact', 'email-2', 'email', 'zoe.lemaire@example.org'),
        externalId('external-id-recorded', 'lms', '17'),
      );
    given(person, registered).when(register).thenRefused('person-exists');
  });

  it('keeps the age that was certified where the profile asks for it', () => {
    given(person)
      .when({ ...register, policy: profileOf('moniravique'), registration: { ...learner, ageCertified: true } })
      .thenLike({ sections: { self: { fields: { kinds: ['learner'], certifiedAge: 16 } } } }, {}, {}, {});
  });

  it('takes a new version of a value, and keeps which one was wrong and why', () => {
    given(person, registered, givenName)
      .when({ ...record, name: 'given-name', value: 'Zoë', corrects: givenId(1), reason: 'misspelt' })
      .thenLike({
        type: 'profile-value-recorded',
        sections: {
          self: {
            category: 'identity',
            part: 'given-name-1',
            fields: { name: 'given-name', value: 'Zoë', corrects: givenId(1), reason: 'misspelt' },
          },
        },
      });
  });

  it('names no unit twice, also when an earlier version can no longer be read', () => {
    given(person, registered, erased(givenName), valueRecorded('identity', 'given-name-1', 'given-name', 'Zoë'))
      .when({ ...record, name: 'given-name', value: 'Zoé' })
      .thenLike({ sections: { self: { part: 'given-name-2' } } });
  });

  it('corrects only an earlier version of the same value', () => {
    given(person, registered, givenName)
      .when({ ...record, name: 'family-name', value: 'Martin', corrects: givenId(1) })
      .thenRefused('not-correctable');
    given(person, registered, givenName)
      .when({ ...record, name: 'given-name', value: 'Zoë', corrects: givenId(0) })
      .thenRefused('not-correctable');
  });

  it('has an external id once, and no longer when it is removed', () => {
    const lms = { person: id, system: 'lms', externalId: 'é17' } as const;
    const known = externalId('external-id-recorded', 'lms', 'é17');
    const removed = externalId('external-id-removed', 'lms', 'é17');
    given(person, registered)
      .when({ type: 'record-external-id', policy: mira, ...lms })
      .then(known);
    given(person, registered, known)
      .when({ type: 'record-external-id', policy: mira, ...lms, externalId: 'e\u030117' })
      .thenNothing();
    given(person, registered)
      .when({ type: 'record-external-id', policy: mira, ...lms, system: 'student-number' })
      .thenRefused('external-id-system-not-in-profile');
    given(person, registered, known)
      .when({ type: 'remove-external-id', ...lms })
      .then(removed);
    given(person, registered, known, removed)
      .when({ type: 'remove-external-id', ...lms })
      .thenRefused('external-id-not-found');
  });

  it('is merged into another, and unmerged', () => {
    const merge = { type: 'merge', person: id, into: other } as const;
    const unmerged = { ...merged(other), type: 'person-unmerged' };
    given(person, registered).when(merge).then(merged(other));
    given(person, registered)
      .when({ ...merge, into: id })
      .thenRefused('merge-into-itself');
    given(person, registered, merged(other)).when(merge).thenRefused('already-merged');
    given(person, registered, merged(other))
      .when({ type: 'unmerge', person: id })
      .thenLike({ type: 'person-unmerged', sections: { self: { fields: { into: other } } } });
    given(person, registered).when({ type: 'unmerge', person: id }).thenRefused('not-merged');
    given(person, registered, merged(other), unmerged).when(merge).then(merged(other));
  });

  it('is not there before it is registered', () => {
    given(person)
      .when({ ...record, name: 'given-name', value: 'Zoé' })
      .thenRefused('person-not-found');
    given(person).when({ type: 'unmerge', person: id }).thenRefused('person-not-found');
  });

  it('folds without keys', () => {
    const events = [registered, givenName, externalId('external-id-recorded', 'lms', '17'), merged(other)].map(erased);
    expect(given(person, ...events).state()).toEqual({ registered: true, versions: 1, names: {}, externalIds: [] });
  });

  it('takes values of whoever can no longer be told to be of a kind', () => {
    given(person, erased(registered))
      .when({ ...record, name: 'birth-date', value: '1990-05-01' })
      .thenLike({ sections: { self: { occurredAt, category: 'identity', part: 'birth-date-0' } } });
  });
});

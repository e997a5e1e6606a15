import { given } from '@ardoise/given';
import type { LoginEvent } from './events';
import { loginDay, type RecordLogin } from './login-day';

const person = 'a'.repeat(32);
const occurredAt = '2026-01-04T23:30:00.000Z';
const record: RecordLogin = {
  type: 'record-login',
  person,
  day: '2026-01-05',
  keptUntil: '2027-01-05T23:00:00.000Z',
  login: { address: '192.0.2.1', browser: 'Firefox' },
};
const recorded: LoginEvent = {
  type: 'login-recorded',
  facts: { day: '2026-01-05' },
  sections: { self: { person, occurredAt, day: '2026-01-05', fields: { address: '192.0.2.1', browser: 'Firefox' } } },
};

describe('a day of logins', () => {
  it('takes each login under the key of the day', () => {
    given(loginDay).when(record, { occurredAt }).then(recorded);
    given(loginDay, recorded).when(record, { occurredAt }).then(recorded);
  });

  it('takes none of a day whose traces are no longer kept', () => {
    given(loginDay).when(record, { occurredAt, now: '2027-01-05T22:59:59.999Z' }).then(recorded);
    given(loginDay).when(record, { occurredAt, now: '2027-01-05T23:00:00.000Z' }).thenRefused('older-than-retention');
  });
});

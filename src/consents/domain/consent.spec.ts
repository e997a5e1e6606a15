import { erased, given } from '@ardoise/given';
import { consent } from './consent';
import { notice } from './notice';
import { mira, occurredAt, person, recorded, wording } from './sample-consent';

const record = { type: 'record', person, policy: mira, purpose: 'marketing', wording, channel: 'web' } as const;
const withdraw = { type: 'withdraw', policy: mira, channel: 'web' } as const;
const expire = { type: 'expire', policy: mira, channel: 'web' } as const;

describe('a consent', () => {
  it('is given or refused, with the policy version in force, the wording and the channel as proof', () => {
    given(consent)
      .when({ ...record, choice: 'given' })
      .then(recorded('given'));
    given(consent)
      .when({ ...record, choice: 'refused' })
      .then(recorded('refused'));
    given(consent, recorded('given'))
      .when({ ...record, choice: 'given' })
      .thenRefused('consent-exists');
  });

  it('is asked only for what rests on consent, with a policy version that there is', () => {
    given(consent)
      .when({ ...record, choice: 'given', purpose: 'payments' })
      .thenRefused('purpose-not-by-consent');
    given(consent)
      .when({ ...record, choice: 'given', purpose: 'toString' })
      .thenRefused('purpose-not-by-consent');
    given(consent)
      .when({ ...record, choice: 'given', policyVersion: 2 })
      .thenRefused('policy-version-unknown');
  });

  it('MIRA-02: is withdrawn without a reason', () => {
    given(consent, recorded('given')).when(withdraw).then(recorded('withdrawn'));
    given(consent, recorded('refused')).when(withdraw).thenRefused('consent-not-given');
    given(consent, recorded('given'), recorded('withdrawn')).when(withdraw).thenRefused('consent-ended');
    given(consent).when(withdraw).thenRefused('consent-not-found');
    given(consent, erased(recorded('given')))
      .when(withdraw)
      .thenRefused('erased');
    given(consent, recorded('given'))
      .when(withdraw, { occurredAt: '2026-01-05T08:59:59.999Z' })
      .thenRefused('ended-before-given');
  });

  it('expires when its time is over, date to date, and not before', () => {
    const trackers = recorded('given', 'trackers-performance');
    const over = '2027-02-05T23:00:00.000Z';
    given(consent, trackers).when(expire, { now: '2027-02-05T22:59:59.999Z' }).thenRefused('consent-not-expired');
    given(consent, trackers)
      .when(expire, { now: over, occurredAt: over })
      .then(recorded('expired', 'trackers-performance', over));
    given(consent, recorded('given')).when(expire).thenRefused('consent-does-not-expire');
  });

  it('folds without keys', () => {
    expect(given(consent, erased(recorded('given'))).state()).toEqual({ recorded: true });
  });
});

describe('a notice', () => {
  const seen = { type: 'record-notice', person, notice: 'policy-2026', policyVersion: 1, channel: 'web' } as const;

  it('MVX-26: that was seen is recorded as that, and never as a consent', () => {
    const fields = { notice: 'policy-2026', policyVersion: 1, channel: 'web' };
    const event = { type: 'notice-seen', facts: {}, sections: { self: { person, occurredAt, fields } } } as const;
    given(notice).when(seen).then(event);
    given(notice, event).when(seen).thenRefused('notice-exists');
  });
});

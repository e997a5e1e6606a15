import { conflict, invalid, never, notFound, Refusal, type Decider, type Moment } from '@ardoise/decider';
import type { Policy } from '@ardoise/policy';
import { endOfConsent } from './choices';
import { consentEvents, type Choice, type ConsentEvent, type ConsentOpened } from './events';

export interface Consent {
  readonly recorded: boolean;
  /** What was chosen last; absent where that can no longer be read. */
  readonly choice?: Choice;
  readonly person?: string;
  readonly purpose?: string;
  /** When the last choice was made: RFC 3339. */
  readonly since?: string;
}

/** What somebody was asked, and how they answered. */
export interface Answer {
  readonly purpose: string;
  readonly choice: 'given' | 'refused';
  /** Word for word, as it was shown. */
  readonly wording: string;
  readonly channel: string;
  /** The policy version that was shown; the one in force where nothing is said. */
  readonly policyVersion?: number;
}

export type ConsentCommand =
  | ({ readonly type: 'record'; readonly person: string; readonly policy: Policy } & Answer)
  | { readonly type: 'withdraw'; readonly policy: Policy; readonly channel: string }
  | { readonly type: 'expire'; readonly policy: Policy; readonly channel: string };

/** One giving or refusal of a consent, to its end. Each is a stream of its own, with a proof that ends for itself. */
export const consent: Decider<Consent, ConsentCommand, ConsentEvent, ConsentOpened> = {
  kind: 'consent',
  events: consentEvents,

  initialState: () => ({ recorded: false }),

  evolve(state, event) {
    switch (event.type) {
      case 'consent-recorded': {
        const { self } = event.sections;
        if (!self) return { ...state, recorded: true };
        const { person, occurredAt, fields } = self;
        return { recorded: true, person, purpose: fields.purpose, choice: fields.choice, since: occurredAt };
      }
      default:
        return never(event.type);
    }
  },

  decide(command, state, moment) {
    switch (command.type) {
      case 'record':
        return [record(command, state, moment)];
      case 'withdraw':
        return [end(command, 'withdrawn', given(state), moment)];
      case 'expire': {
        const live = given(state);
        checkExpired(command.policy, live, moment);
        return [end(command, 'expired', live, moment)];
      }
      default:
        return never(command);
    }
  },
};

function record(
  { person, policy, ...answer }: Extract<ConsentCommand, { type: 'record' }>,
  state: Consent,
  { occurredAt }: Moment,
): ConsentEvent {
  if (state.recorded) throw conflict('consent-exists', 'this consent has been recorded already');
  const { purpose, choice, wording, channel, policyVersion = policy.policy.version } = answer;
  if (!Object.hasOwn(policy.consentPurposes, purpose)) {
    const known = Object.keys(policy.consentPurposes).join(', ');
    throw invalid('purpose-not-by-consent', `the organisation asks consent for: ${known || 'nothing'}`, '/purpose');
  }
  if (policyVersion > policy.policy.version) {
    throw invalid('policy-version-unknown', `version ${policy.policy.version} is in force`, '/policyVersion');
  }
  const fields = { purpose, choice, policyVersion, wording, channel };
  return { type: 'consent-recorded', facts: {}, sections: { self: { person, occurredAt, fields } } };
}

interface Given {
  readonly person: string;
  readonly purpose: string;
  readonly since: string;
}

/** The consent, if it is given and can be read. @throws Refusal */
function given({ recorded, choice, person, purpose, since }: Consent): Given {
  if (!recorded) throw notFound('consent-not-found', 'there is no such consent');
  if (choice === undefined || person === undefined || purpose === undefined || since === undefined) {
    throw new Refusal('gone', 'erased', 'this consent has been erased');
  }
  if (choice === 'refused') throw conflict('consent-not-given', 'the consent was refused, not given');
  if (choice !== 'given') throw conflict('consent-ended', `the consent has ended: it was ${choice}`);
  return { person, purpose, since };
}

function checkExpired(policy: Policy, { purpose, since }: Given, { now }: Moment): void {
  const until = endOfConsent(policy, purpose, since);
  if (!until) throw conflict('consent-does-not-expire', 'a consent of this purpose lasts until it is withdrawn');
  if (until.getTime() > Date.parse(now)) throw conflict('consent-not-expired', 'the time of this consent is not over');
}

function end(
  { policy, channel }: { readonly policy: Policy; readonly channel: string },
  choice: 'withdrawn' | 'expired',
  { person, purpose, since }: Given,
  { occurredAt }: Moment,
): ConsentEvent {
  if (Date.parse(occurredAt) < Date.parse(since)) {
    throw conflict('ended-before-given', 'a consent does not end before it was given', '/occurredAt');
  }
  const fields = { purpose, choice, policyVersion: policy.policy.version, channel };
  return { type: 'consent-recorded', facts: {}, sections: { self: { person, occurredAt, fields } } };
}

import { conflict, never, type Decider } from '@ardoise/decider';
import { organisationEvents, type OrganisationEvent, type OrganisationOpened } from './events';

export interface Organisation {
  readonly registered: boolean;
  /** Number and digest of the policy version in force. */
  readonly policy?: { readonly number: number; readonly digest: string };
}

export interface AdoptPolicy {
  readonly type: 'adopt-policy';
  readonly name: string;
  readonly number: number;
  readonly digest: string;
}

/** An organisation's own record: that it is there, and which version of its policy is in force (MIRA-23). */
export const organisation: Decider<Organisation, AdoptPolicy, OrganisationEvent, OrganisationOpened> = {
  kind: 'organisation',
  events: organisationEvents,

  initialState: () => ({ registered: false }),

  evolve(state, event) {
    switch (event.type) {
      case 'organisation-registered':
        return { ...state, registered: true };
      case 'policy-adopted':
        return { ...state, policy: { number: event.facts.policy, digest: event.facts.digest } };
      default:
        return never(event);
    }
  },

  decide({ name, number, digest }, { registered, policy }) {
    if (policy && number < policy.number) {
      throw conflict('policy-version-older', `policy version ${policy.number} is in force; the profile says ${number}`);
    }
    if (policy && number === policy.number) {
      if (policy.digest === digest) return [];
      throw conflict(
        'policy-changed-without-version',
        `the profile differs from the policy version ${number} that is in force; raise its policy.version`,
      );
    }
    const adopted: OrganisationEvent = { type: 'policy-adopted', facts: { policy: number, digest }, sections: {} };
    return registered ? [adopted] : [{ type: 'organisation-registered', facts: { name }, sections: {} }, adopted];
  },
};

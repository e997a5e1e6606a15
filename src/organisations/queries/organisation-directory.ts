import { Inject, Injectable } from '@nestjs/common';
import { notFound } from '@ardoise/decider';
import type { Policy } from '@ardoise/policy';
import { POLICIES } from '../../platform/tokens';

/** The organisations that this server serves, and their policies. */
@Injectable()
export class OrganisationDirectory {
  constructor(@Inject(POLICIES) private readonly policies: ReadonlyMap<string, Policy>) {}

  slugs(): string[] {
    return [...this.policies.keys()].sort();
  }

  /** @throws Refusal `organisation-not-found` */
  policy(organisation: string): Policy {
    const policy = this.policies.get(organisation);
    if (!policy) throw notFound('organisation-not-found', 'there is no such organisation');
    return policy;
  }
}

import { given } from '@ardoise/given';
import type { OrganisationEvent } from './events';
import { organisation, type AdoptPolicy } from './organisation';

const digest = 'a'.repeat(64);
const adopt: AdoptPolicy = { type: 'adopt-policy', name: 'École', number: 1, digest };
const registered: OrganisationEvent = { type: 'organisation-registered', facts: { name: 'École' }, sections: {} };
const adopted: OrganisationEvent = { type: 'policy-adopted', facts: { policy: 1, digest }, sections: {} };

describe('organisation', () => {
  it('is registered with its first policy version', () => {
    given(organisation).when(adopt).then(registered, adopted);
  });

  it('changes nothing when the version in force is the same', () => {
    given(organisation, registered, adopted).when(adopt).thenNothing();
  });

  it('adopts a later version', () => {
    given(organisation, registered, adopted)
      .when({ ...adopt, number: 2 })
      .then({ type: 'policy-adopted', facts: { policy: 2, digest }, sections: {} });
  });

  it('refuses a changed profile under the same version, and an older one', () => {
    given(organisation, registered, adopted)
      .when({ ...adopt, digest: 'b'.repeat(64) })
      .thenRefused('policy-changed-without-version');
    given(organisation, registered, { ...adopted, facts: { policy: 3, digest } })
      .when(adopt)
      .thenRefused('policy-version-older');
  });
});

import type { Projection } from '@ardoise/projections';
import type { OrganisationOpened } from '../domain/events';
import { OrganisationRow } from './organisation.row';

export const organisationsProjection: Projection = {
  name: 'organisations',
  version: 1,
  tables: [OrganisationRow],
  on: {
    'organisation-registered': (opened, write) => {
      const event = opened as Extract<OrganisationOpened, { type: 'organisation-registered' }>;
      write.put(OrganisationRow, {
        organisation: event.organisation,
        name: event.facts.name,
        policy: null,
        policyDigest: null,
        registeredAt: event.recordedAt,
        policyAdoptedAt: null,
      });
    },
    'policy-adopted': (opened, write) => {
      const event = opened as Extract<OrganisationOpened, { type: 'policy-adopted' }>;
      const { policy, digest } = event.facts;
      const changes = { policy, policyDigest: digest, policyAdoptedAt: event.recordedAt };
      write.patch(OrganisationRow, { organisation: event.organisation }, changes);
    },
  },
};

import { when, type Projection } from '@ardoise/projections';
import { organisationRegistered, policyAdopted } from '../domain/events';
import { OrganisationRow } from './organisation.row';

export const organisationsProjection: Projection = {
  name: 'organisations',
  version: 1,
  tables: [OrganisationRow],
  on: {
    ...when(organisationRegistered, ({ organisation, facts, recordedAt }, write) =>
      write.put(OrganisationRow, {
        organisation,
        name: facts.name,
        policy: null,
        policyDigest: null,
        registeredAt: recordedAt,
        policyAdoptedAt: null,
      }),
    ),
    ...when(policyAdopted, ({ organisation, facts: { policy, digest }, recordedAt }, write) =>
      write.patch(OrganisationRow, { organisation }, { policy, policyDigest: digest, policyAdoptedAt: recordedAt }),
    ),
  },
};

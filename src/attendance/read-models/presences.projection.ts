import { when, type Projection } from '@ardoise/projections';
import { attendanceCorrected, parkedPresenceDecided, presenceRecorded } from '../domain/events';
import { PresenceRow } from './presence.row';

export const presencesProjection: Projection = {
  name: 'presences',
  version: 1,
  tables: [PresenceRow],
  on: {
    ...when(presenceRecorded, ({ organisation, id, recordedAt, sections: { learner } }, write) => {
      if (!learner) return;
      const { unit, person, source, fields } = learner;
      const { enrolment, session = null, arrivedAt, leftAt = null, halfDay = null, standing } = fields;
      const judged = { standing, decision: null, annulled: false, corrected: false, counted: standing !== 'parked' };
      const when = { arrivedAt, leftAt, halfDay };
      const place = { organisation, event: id, unit, enrolment, person, session };
      write.put(PresenceRow, { ...place, ...when, ...judged, recordedAt, source });
    }),
    ...when(attendanceCorrected, ({ organisation, sections: { learner } }, write) => {
      if (!learner) return;
      const { presence, result } = learner.fields;
      const { annulled, counted, arrivedAt, leftAt = null, halfDay = null } = result;
      const changes = { annulled, counted, arrivedAt, leftAt, halfDay, corrected: true };
      write.patch(PresenceRow, { organisation, event: presence }, changes);
    }),
    ...when(parkedPresenceDecided, ({ organisation, sections: { learner } }, write) => {
      if (!learner) return;
      const { presence, accepted } = learner.fields;
      const decision = accepted ? 'accepted' : 'refused';
      write.patch(PresenceRow, { organisation, event: presence }, { decision, counted: accepted });
    }),
  },
};

import { when, type Projection, type RowWriter } from '@ardoise/projections';
import {
  enrolmentApproved,
  enrolmentCorrected,
  enrolmentDecided,
  enrolmentEnded,
  enrolmentMoved,
  enrolmentRequested,
  enrolmentStandingChanged,
  invoiceLinked,
  realisedHoursRecorded,
  seatAssigned,
  type EnrolmentOpened,
} from '../domain/events';
import { EnrolmentRow } from './enrolment.row';
import { EnrolmentSeatRow } from './enrolment-seat.row';

function patch(
  { organisation, stream, version }: EnrolmentOpened,
  write: RowWriter,
  changes: Partial<EnrolmentRow> = {},
): void {
  write.patch(EnrolmentRow, { organisation, enrolment: stream.slice(-32) }, { ...changes, version: version + 1 });
}

export const enrolmentsProjection: Projection = {
  name: 'enrolments',
  version: 1,
  tables: [EnrolmentRow, EnrolmentSeatRow],
  on: {
    ...when(enrolmentRequested, ({ organisation, stream, version, sections: { learner } }, write) => {
      if (!learner) return;
      const { course, session = null, traineeKind, funders, plannedHours = null } = learner.fields;
      write.put(EnrolmentRow, {
        organisation,
        enrolment: stream.slice(-32),
        person: learner.person,
        course,
        session,
        state: 'requested',
        traineeKind,
        funders,
        plannedHours,
        realisedHours: null,
        requestedAt: learner.occurredAt,
        outcome: null,
        endedOn: null,
        version: version + 1,
        unit: learner.unit,
      });
    }),
    ...when(enrolmentApproved, (event, write) => {
      if (event.sections.learner) patch(event, write, { state: 'approved' });
    }),
    ...when(seatAssigned, (event, write) => {
      const { learner } = event.sections;
      if (!learner) return;
      const { organisation, stream } = event;
      const { person, unit, fields } = learner;
      write.put(EnrolmentSeatRow, { organisation, ...fields, enrolment: stream.slice(-32), person, unit });
      patch(event, write);
    }),
    ...when(enrolmentDecided, (event, write) => {
      const decision = event.sections.learner?.fields.decision;
      if (decision !== undefined) patch(event, write, { state: decision });
    }),
    ...when(enrolmentStandingChanged, (event, write) => {
      const standing = event.sections.learner?.fields.standing;
      if (standing !== undefined) patch(event, write, { state: standing === 'suspended' ? 'suspended' : 'confirmed' });
    }),
    ...when(enrolmentMoved, (event, write) => {
      const session = event.sections.learner?.fields.session;
      if (session !== undefined) patch(event, write, { session, state: 'approved' });
    }),
    ...when(realisedHoursRecorded, (event, write) => {
      const hours = event.sections.learner?.fields.hours;
      if (hours !== undefined) patch(event, write, { realisedHours: hours });
    }),
    ...when(enrolmentEnded, (event, write) => {
      const { learner } = event.sections;
      if (!learner) return;
      const { outcome, endedOn } = learner.fields;
      patch(event, write, { state: outcome, outcome, endedOn });
    }),
    ...when(invoiceLinked, (event, write) => {
      if (event.sections.learner) patch(event, write);
    }),
    ...when(enrolmentCorrected, (event, write) => {
      const afterwards = event.sections.learner?.fields.afterwards;
      if (!afterwards) return;
      const { plannedHours = null, realisedHours = null, outcome = null, endedOn = null } = afterwards;
      const { state, traineeKind, funders } = afterwards;
      patch(event, write, { state, traineeKind, funders, plannedHours, realisedHours, outcome, endedOn });
    }),
  },
};

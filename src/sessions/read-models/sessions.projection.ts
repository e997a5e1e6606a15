import { when, type Projection, type RowWriter } from '@ardoise/projections';
import {
  answerPeriodSet,
  seatConfirmed,
  seatHeld,
  seatQueued,
  seatReleased,
  sessionCancelled,
  sessionOpened,
  sessionRevised,
  trainerAssigned,
  trainerReleased,
  type SessionOpened,
} from '../domain/events';
import { SeatRow } from './seat.row';
import { SessionRow } from './session.row';
import { SessionTrainerRow } from './session-trainer.row';

type Outlined = Extract<SessionOpened, { readonly type: 'session-opened' | 'session-revised' }>;

const keyOf = ({ organisation, stream }: SessionOpened): { organisation: string; session: string } => ({
  organisation,
  session: stream.slice(-32),
});

function outline(event: Outlined, write: RowWriter): void {
  const { course, title, startsOn, endsOn, capacity = null, modality, location = null } = event.facts;
  const described = { course, title, startsOn, endsOn, capacity, modality, location };
  const standing = { version: event.version + 1, recordedAt: event.recordedAt };
  // A cancelled session is not revised any more.
  write.put(SessionRow, { ...keyOf(event), ...described, cancelled: false, ...standing });
}

function touch(event: SessionOpened, write: RowWriter): void {
  write.patch(SessionRow, keyOf(event), { version: event.version + 1 });
}

export const sessionsProjection: Projection = {
  name: 'sessions',
  version: 1,
  tables: [SessionRow, SeatRow, SessionTrainerRow],
  on: {
    ...when(sessionOpened, outline),
    ...when(sessionRevised, outline),
    ...when(sessionCancelled, (event, write) =>
      write.patch(SessionRow, keyOf(event), { cancelled: true, version: event.version + 1 }),
    ),
    ...when(trainerAssigned, (event, write) => {
      touch(event, write);
      const { trainer } = event.sections;
      if (!trainer) return;
      const { unit, person, fields } = trainer;
      write.put(SessionTrainerRow, { ...keyOf(event), assignment: event.id, person, role: fields.role, unit });
    }),
    ...when(trainerReleased, (event, write) => {
      touch(event, write);
      const assignment = event.sections.trainer?.fields.assignment;
      if (assignment === undefined) return;
      write.remove(SessionTrainerRow, { organisation: event.organisation, assignment });
    }),
    ...when(answerPeriodSet, touch),
    ...when(seatHeld, (event, write) => {
      touch(event, write);
      const { seat, lapsesAt } = event.facts;
      write.put(SeatRow, { ...keyOf(event), seat, state: 'held', lapsesAt });
    }),
    ...when(seatQueued, (event, write) => {
      touch(event, write);
      write.put(SeatRow, { ...keyOf(event), seat: event.facts.seat, state: 'queued', lapsesAt: null });
    }),
    ...when(seatConfirmed, (event, write) => {
      touch(event, write);
      write.put(SeatRow, { ...keyOf(event), seat: event.facts.seat, state: 'confirmed', lapsesAt: null });
    }),
    ...when(seatReleased, (event, write) => {
      touch(event, write);
      write.remove(SeatRow, { ...keyOf(event), seat: event.facts.seat });
    }),
  },
};

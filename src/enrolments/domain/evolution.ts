import { never } from '@ardoise/decider';
import type { Changes, Fact } from './corrections';
import type { Enrolment, EnrolmentStream } from './enrolment';
import type { EnrolmentOpened } from './events';
import { isEnded } from './transitions';

type Section<T extends EnrolmentOpened['type']> = NonNullable<
  Extract<EnrolmentOpened, { readonly type: T }>['sections']['learner']
>;

/** All sections of a stream are of one unit: when one cannot be read, the enrolment is erased. */
export function evolveEnrolment({ known, erased }: EnrolmentStream, event: EnrolmentOpened): EnrolmentStream {
  if (erased || !event.sections.learner) return { erased: true };
  if (event.type === 'enrolment-requested')
    return { erased: false, known: requested(event.id, event.sections.learner) };
  return known ? { erased: false, known: next(known, event) } : { erased: false };
}

function requested(id: string, { person, occurredAt, fields }: Section<'enrolment-requested'>): Enrolment {
  const { course: _course, session: _session, ...says } = fields;
  const facts: Fact[] = [{ id, kind: 'request', says }];
  return { ...fields, person, state: 'requested', requestedAt: occurredAt, facts, corrections: [] };
}

function next(known: Enrolment, event: EnrolmentOpened): Enrolment {
  switch (event.type) {
    case 'enrolment-requested':
      return known;
    case 'enrolment-approved':
      return { ...known, state: 'approved' };
    case 'seat-assigned': {
      const { seat, session } = read(event).fields;
      return session === known.session ? { ...known, seat } : known;
    }
    case 'enrolment-decided': {
      const { fields, occurredAt } = read(event);
      const first = fields.decision === 'confirmed' ? { confirmedAt: known.confirmedAt ?? occurredAt } : {};
      return { ...known, state: fields.decision, ...first };
    }
    case 'enrolment-standing-changed':
      return { ...known, state: read(event).fields.standing === 'suspended' ? 'suspended' : 'confirmed' };
    case 'enrolment-moved': {
      const { seat: _, ...rest } = known;
      return { ...rest, session: read(event).fields.session, state: 'approved' };
    }
    case 'realised-hours-recorded': {
      const { hours } = read(event).fields;
      return { ...known, realisedHours: hours, facts: also(known, { id: event.id, kind: 'hours', says: { hours } }) };
    }
    case 'enrolment-ended': {
      const { fields, occurredAt } = read(event);
      const { outcome, endedOn } = fields;
      const facts = also(known, { id: event.id, kind: 'end', says: { outcome, endedOn } });
      return { ...known, state: outcome, outcome, endedOn, endedAt: occurredAt, facts };
    }
    case 'invoice-linked': {
      const { invoice } = read(event).fields;
      return { ...known, facts: also(known, { id: event.id, kind: 'invoice', says: { invoice } }) };
    }
    case 'enrolment-corrected':
      return corrected(known, event.id, read(event));
    default:
      return never(event);
  }
}

function corrected(known: Enrolment, id: string, { fields }: Section<'enrolment-corrected'>): Enrolment {
  const { corrects, action, reason: _reason, afterwards, ...said } = fields;
  const changes: Changes = said;
  const { seat, plannedHours: _hours, realisedHours: _realised, outcome: _outcome, endedOn: _on, ...rest } = known;
  // Its seat was given back when it ended.
  const kept = seat === undefined || (isEnded(known.state) && !isEnded(afterwards.state)) ? {} : { seat };
  const corrections = [...known.corrections, { id, corrects, action, changes }];
  return { ...rest, ...kept, ...afterwards, corrections };
}

const also = ({ facts }: Enrolment, fact: Fact): readonly Fact[] => [...facts, fact];

/** The learner's section, which the caller has found to be there. */
function read<T extends EnrolmentOpened>(event: T): NonNullable<T['sections']['learner']> {
  return event.sections.learner as NonNullable<T['sections']['learner']>;
}

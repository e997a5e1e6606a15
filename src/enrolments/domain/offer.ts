import { conflict, never, type Moment, type ProcessInput, type ProcessManager } from '@ardoise/decider';
import { offerEvents, type OfferDecision, type OfferEvent, type OfferOpened, type OfferStepName } from './offer-events';

/** A place that was offered to somebody who waited for it. */
export interface Offer {
  readonly enrolment: string;
  readonly session: string;
  readonly seat: string;
  /** RFC 3339: until when the answer can come. */
  readonly answerBy: string;
}

export const offerPhases = [
  'open',
  'confirming',
  'deciding',
  'taking-back',
  'asking-again',
  'giving-back',
  'lapsing',
  'ending',
  'closed',
] as const;
export type OfferPhase = (typeof offerPhases)[number];

/** What is known of it is absent before the first offer, and once it is erased. */
export interface OfferState {
  readonly erased: boolean;
  readonly known?: Offer & {
    readonly person: string;
    readonly phase: OfferPhase;
    readonly decision?: OfferDecision;
  };
}

/** A step with what its command needs. */
export interface OfferStep extends Offer {
  readonly name: OfferStepName;
  readonly decision: OfferDecision;
}

export type OfferTold =
  | { readonly type: 'offer'; readonly person: string; readonly offer: Offer }
  | { readonly type: 'answer'; readonly answer: 'accepted' | 'declined' }
  /** In which session the enrolment waits now; in none where it does not wait any more. */
  | { readonly type: 'waits'; readonly session?: string };

interface Phase {
  readonly step: OfferStepName;
  readonly done: OfferPhase;
  readonly refused: OfferPhase;
}

/** Each phase has one step, and the phase that follows when it was carried out, or refused. */
const phases: { readonly [P in Exclude<OfferPhase, 'open' | 'closed'>]: Phase } = {
  // Accepted.
  confirming: { step: 'confirm-seat', done: 'deciding', refused: 'asking-again' },
  deciding: { step: 'confirm-enrolment', done: 'closed', refused: 'taking-back' },
  // The enrolment has ended or moved on since: the seat that was confirmed for it goes to the next.
  'taking-back': { step: 'take-seat-back', done: 'closed', refused: 'closed' },
  // The seat had lapsed while the answer was on its way: the person waits again.
  'asking-again': { step: 'ask-again', done: 'closed', refused: 'closed' },
  // Declined.
  'giving-back': { step: 'give-seat-back', done: 'ending', refused: 'ending' },
  // Not answered in time.
  lapsing: { step: 'lapse-seat', done: 'ending', refused: 'ending' },
  ending: { step: 'end-enrolment', done: 'closed', refused: 'closed' },
};

const afterDecision: { readonly [D in OfferDecision]: OfferPhase } = {
  accepted: 'confirming',
  declined: 'giving-back',
  lapsed: 'lapsing',
  withdrawn: 'closed',
};

export const answerTimer = 'answer';

/**
 * A place that came free, between somebody who waited and the session: offered, answered by a deadline, then taken in both
 * streams or given to the next. One stream per enrolment, for one offer after the other.
 */
export const offer: ProcessManager<OfferState, OfferStep, OfferTold, OfferEvent, OfferOpened> = {
  kind: 'offer',
  events: offerEvents,

  initialState: () => ({ erased: false }),

  evolve({ erased, known }, event) {
    const { learner } = event.sections;
    if (erased || !learner) return { erased: true };
    switch (event.type) {
      case 'place-offered':
        return { erased: false, known: { ...event.sections.learner!.fields, person: learner.person, phase: 'open' } };
      case 'offer-decided': {
        const { decision } = event.sections.learner!.fields;
        return known ? { erased, known: { ...known, decision, phase: afterDecision[decision] } } : { erased };
      }
      case 'offer-step-taken': {
        const { step, outcome } = event.sections.learner!.fields;
        const phase = Object.values<Phase>(phases).find((one) => one.step === step);
        const next = outcome === 'done' ? phase?.done : phase?.refused;
        return known ? { erased, known: { ...known, phase: next ?? 'closed' } } : { erased };
      }
      default:
        return never(event);
    }
  },

  decide(input, { erased, known }, moment) {
    if (erased) return [];
    if (input.kind === 'told') return decideTold(input.told, known, moment);
    if (!known) return [];
    return [said(known.person, moment, afterwards(input))];
  },

  wants({ known }) {
    if (!known || known.phase === 'closed') return {};
    if (known.phase === 'open') return { timers: [{ name: answerTimer, dueAt: known.answerBy }] };
    const { enrolment, session, seat, answerBy, decision = 'withdrawn' } = known;
    return { step: { name: phases[known.phase].step, enrolment, session, seat, answerBy, decision } };
  },
};

function decideTold(told: OfferTold, known: OfferState['known'], moment: Moment): OfferEvent[] {
  const open = known?.phase === 'open' ? known : undefined;
  switch (told.type) {
    case 'offer':
      if (known && known.phase !== 'closed') return [];
      // The same again: it was answered, or its time was over.
      if (known?.seat === told.offer.seat && known.answerBy === told.offer.answerBy) return [];
      return [
        {
          type: 'place-offered',
          facts: {},
          sections: {
            learner: { person: told.person, occurredAt: moment.occurredAt, fields: { ...told.offer } },
          },
        },
      ];
    case 'answer':
      if (!open) throw conflict('no-place-offered', 'no place is offered to this enrolment now');
      if (moment.now >= open.answerBy) throw conflict('offer-over', 'the time to answer is over');
      return [said(open.person, moment, { type: 'offer-decided', fields: { decision: told.answer } })];
    case 'waits':
      if (!open || open.session === told.session) return [];
      return [said(open.person, moment, { type: 'offer-decided', fields: { decision: 'withdrawn' } })];
    default:
      return never(told);
  }
}

type Saying = {
  [T in 'offer-decided' | 'offer-step-taken']: {
    readonly type: T;
    readonly fields: NonNullable<Extract<OfferOpened, { readonly type: T }>['sections']['learner']>['fields'];
  };
}['offer-decided' | 'offer-step-taken'];

function afterwards(input: Exclude<ProcessInput<OfferTold>, { readonly kind: 'told' }>): Saying {
  if (input.kind === 'timer') return { type: 'offer-decided', fields: { decision: 'lapsed' } };
  const step = input.step as OfferStepName;
  return input.kind === 'done'
    ? { type: 'offer-step-taken', fields: { step, outcome: 'done' } }
    : { type: 'offer-step-taken', fields: { step, outcome: 'refused', code: input.code } };
}

function said(person: string, { occurredAt }: Moment, { type, fields }: Saying): OfferEvent {
  return { type, facts: {}, sections: { learner: { person, occurredAt, fields } } } as OfferEvent;
}

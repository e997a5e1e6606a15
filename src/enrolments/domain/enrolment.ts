import { conflict, invalid, never, notFound, Refusal, type Decider, type Moment } from '@ardoise/decider';
import type { CorrectionAction } from '../../platform/corrections';
import { checkCorrection, standing, type Changes, type Record } from './corrections';
import {
  enrolmentEvents,
  type Afterwards,
  type Decision,
  type EnrolmentEvent,
  type EnrolmentOpened,
  type EnrolmentState,
  type Funder,
  type Outcome,
  type TraineeKind,
} from './events';
import { evolveEnrolment } from './evolution';
import { awaitsSeat, isEnded, requireState } from './transitions';

/** What an enrolment says, as it stands. */
export interface Enrolment extends Record {
  readonly person: string;
  readonly course: string;
  readonly session?: string;
  readonly state: EnrolmentState;
  /** Its seat in the session it is in now. */
  readonly seat?: string;
  readonly traineeKind: TraineeKind;
  readonly funders: readonly Funder[];
  readonly plannedHours?: number;
  readonly realisedHours?: number;
  readonly requestedAt: string;
  /** When it was confirmed first; it stays when the enrolment is transferred. */
  readonly confirmedAt?: string;
  readonly outcome?: Outcome;
  readonly endedOn?: string;
  /** When the end happened, as it was told. */
  readonly endedAt?: string;
}

/** The stream: `known` is absent until the enrolment is requested, and again once it is erased. */
export interface EnrolmentStream {
  readonly known?: Enrolment;
  readonly erased: boolean;
}

export interface EnrolmentRequest {
  readonly person: string;
  readonly course: string;
  readonly session?: string;
  readonly traineeKind: TraineeKind;
  readonly funders: readonly Funder[];
  readonly plannedHours?: number;
  /** Recorded as confirmed at once: for what is past, where no seat has to be found. */
  readonly confirmed: boolean;
}

export interface CorrectionRequest {
  readonly corrects: string;
  readonly action: CorrectionAction;
  readonly changes: Changes;
  readonly reason: string;
  /** Staff member or trainer who corrects. */
  readonly author?: string;
}

export type EnrolmentCommand =
  | { readonly type: 'request'; readonly request: EnrolmentRequest }
  | { readonly type: 'approve'; readonly by: string }
  | { readonly type: 'assign-seat'; readonly seat: string; readonly session: string }
  | { readonly type: 'decide'; readonly decision: Decision; readonly session?: string; readonly by: string }
  | { readonly type: 'change-standing'; readonly act: 'suspend' | 'resume'; readonly reason?: string }
  | { readonly type: 'move'; readonly session: string; readonly reason?: string }
  | { readonly type: 'record-hours'; readonly hours: number }
  | {
      readonly type: 'end';
      readonly outcome: Outcome;
      readonly endedOn: string;
      readonly reason?: string;
      /** Only while it waits in this session. */
      readonly waitingIn?: string;
    }
  | { readonly type: 'link-invoice'; readonly invoice: string }
  | { readonly type: 'correct'; readonly correction: CorrectionRequest };

/** One person's way through one course, from the request to its end. */
export const enrolment: Decider<EnrolmentStream, EnrolmentCommand, EnrolmentEvent, EnrolmentOpened> = {
  kind: 'enrolment',
  events: enrolmentEvents,

  initialState: () => ({ erased: false }),

  evolve: evolveEnrolment,

  decide(command, { known, erased }, moment) {
    if (erased) throw new Refusal('gone', 'erased', 'the enrolment has been erased');
    if (command.type === 'request') {
      if (known) throw conflict('enrolment-exists', 'this enrolment has been requested already');
      return request(command.request, moment);
    }
    if (!known) throw notFound('enrolment-not-found', 'there is no such enrolment');
    const { person } = known;
    const { occurredAt } = moment;
    switch (command.type) {
      case 'approve':
        requireState('approve', known.state);
        return [event('enrolment-approved', { by: command.by })];
      case 'assign-seat': {
        const { seat, session } = command;
        requireWanted(known, session);
        return known.seat === seat ? [] : [event('seat-assigned', { seat, session })];
      }
      case 'decide': {
        const { decision, session, by } = command;
        requireWanted(known, session);
        if (known.state === decision || !awaitsSeat(known.state)) return [];
        return [event('enrolment-decided', { decision, by })];
      }
      case 'change-standing':
        requireState(command.act, known.state);
        return [
          event('enrolment-standing-changed', {
            standing: command.act === 'suspend' ? 'suspended' : 'resumed',
            ...reasonOf(command),
          }),
        ];
      case 'move':
        requireState('move', known.state);
        if (command.session === known.session) throw conflict('same-session', 'it is in this session', '/session');
        return [event('enrolment-moved', { session: command.session, ...reasonOf(command) })];
      case 'record-hours':
        requireState('record-hours', known.state);
        return [event('realised-hours-recorded', { hours: command.hours })];
      case 'end': {
        const { outcome, endedOn, waitingIn } = command;
        if (waitingIn !== undefined && (known.state !== 'waiting' || known.session !== waitingIn)) {
          throw conflict('seat-not-wanted', 'the enrolment has ended, or was transferred, since');
        }
        requireState(outcome, known.state);
        return [event('enrolment-ended', { outcome, endedOn, ...reasonOf(command) })];
      }
      case 'link-invoice': {
        const { invoice } = command;
        if (invoicesOf(known).includes(invoice)) {
          throw conflict('invoice-linked-already', 'this invoice is linked already', '/invoice');
        }
        return [event('invoice-linked', { invoice })];
      }
      case 'correct':
        return [correct(known, command.correction, moment)];
      default:
        return never(command);
    }

    function event<T extends Exclude<EnrolmentEvent['type'], 'enrolment-corrected'>>(
      type: T,
      fields: Extract<EnrolmentEvent, { readonly type: T }>['sections']['learner']['fields'],
    ): EnrolmentEvent {
      return { type, facts: {}, sections: { learner: { person, occurredAt, fields } } } as unknown as EnrolmentEvent;
    }
  },
};

/** The invoices that are linked, as corrected. */
export function invoicesOf(record: Record): string[] {
  return standing(record).flatMap(({ says }) => (says.invoice === undefined ? [] : [says.invoice]));
}

/** All shares together are the whole. @throws Refusal `shares-not-whole` */
export function checkShares(funders: readonly Funder[]): void {
  if (funders.length === 0) return;
  const total = funders.reduce((sum, { share }) => sum + share, 0);
  if (total !== 10_000) {
    throw invalid('shares-not-whole', 'the shares of all funders add up to 10,000 basis points', '/funders');
  }
}

function request({ person, confirmed, ...fields }: EnrolmentRequest, { occurredAt }: Moment): EnrolmentEvent[] {
  checkShares(fields.funders);
  const requested: EnrolmentEvent = {
    type: 'enrolment-requested',
    facts: {},
    sections: { learner: { person, occurredAt, fields } },
  };
  if (!confirmed) return [requested];
  const said = { decision: 'confirmed', by: 'staff' } as const;
  return [
    requested,
    { type: 'enrolment-decided', facts: {}, sections: { learner: { person, occurredAt, fields: said } } },
  ];
}

/** A seat is for an enrolment that is still in that session; whatever was decided already is not decided again. */
function requireWanted({ state, session }: Enrolment, of: string | undefined): void {
  if (state === 'requested' || isEnded(state) || session !== of) {
    throw conflict('seat-not-wanted', 'the enrolment has ended or been transferred since');
  }
}

function reasonOf({ reason }: { readonly reason?: string }): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

function correct(known: Enrolment, correction: CorrectionRequest, { occurredAt }: Moment): EnrolmentEvent {
  const { corrects, action, changes, reason, author } = correction;
  const fact = checkCorrection(known, correction);
  if (changes.funders) checkShares(changes.funders);
  if (fact.kind === 'end' && known.facts.findLast(({ kind }) => kind === 'end') !== fact) {
    throw conflict('later-end-stands', 'the enrolment has ended anew since; correct that end', '/event');
  }
  const afterwards = afterCorrection(known, correction);
  const fields = { corrects, action, ...changes, reason, afterwards };
  return {
    type: 'enrolment-corrected',
    facts: {},
    sections: {
      learner: { person: known.person, occurredAt, fields },
      ...(author === undefined ? {} : { author: { person: author, occurredAt, fields: {} } }),
    },
  };
}

/** An end that is annulled leaves the enrolment approved: its seat is given back, so that it is decided anew. */
function afterCorrection(known: Enrolment, correction: CorrectionRequest): Afterwards {
  const corrections = [...known.corrections, { ...correction, id: '' }];
  const facts = standing({ facts: known.facts, corrections });
  const request = facts.find(({ kind }) => kind === 'request')?.says ?? {};
  const hours = facts.findLast(({ kind }) => kind === 'hours')?.says.hours;
  const end = facts.findLast(({ kind }) => kind === 'end')?.says;
  const { outcome, endedOn } = end ?? {};
  const reopened = known.outcome !== undefined ? 'approved' : known.state;
  return {
    state: outcome ?? reopened,
    traineeKind: request.traineeKind ?? known.traineeKind,
    funders: request.funders ?? known.funders,
    ...(request.plannedHours === undefined ? {} : { plannedHours: request.plannedHours }),
    ...(hours === undefined ? {} : { realisedHours: hours }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(endedOn === undefined ? {} : { endedOn }),
  };
}

import { Inject, Injectable } from '@nestjs/common';
import { notFound, Recorder, Refusal } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { kindOf } from '@ardoise/format';
import { Opener, type OpenedOf } from '@ardoise/sealing';
import type { Vault } from '@ardoise/vault';
import { DateTime } from 'luxon';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { enrolment, type Enrolment } from '../domain/enrolment';
import { isEnded } from '../domain/transitions';
import { seatAssigned, type EnrolmentState, type Funder, type Outcome, type TraineeKind } from '../domain/events';

export type { EnrolmentState, Funder, Outcome, TraineeKind } from '../domain/events';

/** What other capabilities may know of an enrolment. */
export interface RegisteredEnrolment {
  readonly enrolment: string;
  readonly version: number;
  readonly person: string;
  readonly course: string;
  readonly session?: string;
  readonly state: EnrolmentState;
  readonly traineeKind: TraineeKind;
  readonly funders: readonly Funder[];
  readonly plannedHours?: number;
  readonly realisedHours?: number;
  /** RFC 3339: when it was requested, as it was told. */
  readonly requestedAt: string;
  /** RFC 3339: when it was confirmed first; absent where it never was. */
  readonly confirmedAt?: string;
  readonly outcome?: Outcome;
  /** YYYY-MM-DD in the organisation's time zone. */
  readonly endedOn?: string;
  /** RFC 3339: what happened up to this instant happened within the enrolment. */
  readonly endedAt?: string;
}

/** A seat that was assigned to an enrolment. */
export interface AssignedSeat {
  readonly enrolment: string;
  readonly session: string;
  readonly seat: string;
}

/** What other capabilities may ask of enrolments: folded from the log, not as a read model lags. */
@Injectable()
export class EnrolmentRegister {
  constructor(
    private readonly recorder: Recorder,
    private readonly directory: OrganisationDirectory,
    private readonly opener: Opener,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** @throws Refusal `enrolment-not-found` (404), `erased` (410) */
  async get(organisation: string, id: string): Promise<RegisteredEnrolment> {
    const { known, version } = await this.load(organisation, id);
    const { session, plannedHours, realisedHours, confirmedAt, outcome, endedOn } = known;
    const { timeZone } = this.directory.policy(organisation);
    const endedAt = endOf(known, timeZone);
    return {
      enrolment: id,
      version,
      person: known.person,
      course: known.course,
      state: known.state,
      traineeKind: known.traineeKind,
      funders: known.funders,
      requestedAt: known.requestedAt,
      ...(session === undefined ? {} : { session }),
      ...(plannedHours === undefined ? {} : { plannedHours }),
      ...(realisedHours === undefined ? {} : { realisedHours }),
      ...(confirmedAt === undefined ? {} : { confirmedAt }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(endedOn === undefined ? {} : { endedOn }),
      ...(endedAt === undefined ? {} : { endedAt }),
    };
  }

  /** The enrolment with all that corrections refer to. @throws Refusal as `get` */
  async load(organisation: string, id: string): Promise<{ readonly known: Enrolment; readonly version: number }> {
    const { state, version } = await this.recorder.fold(enrolment, organisation, `${enrolment.kind}-${id}`);
    if (state.erased) throw new Refusal('gone', 'erased', 'the enrolment has been erased');
    if (!state.known) throw notFound('enrolment-not-found', 'there is no such enrolment');
    return { known: state.known, version };
  }

  /**
   * The seats that were ever assigned to the persons' enrolments: for an erasure, which releases those still taken.
   * From the log by the vault's index, so that no read model has to be up to date: fenced keys still open.
   */
  async seatsOf(organisation: string, persons: readonly string[]): Promise<AssignedSeat[]> {
    const units = await this.vault.unitsOf(organisation, persons);
    const streams = new Set(units.map(({ stream }) => stream).filter((stream) => kindOf(stream) === enrolment.kind));
    const stored = await Promise.all([...streams].map((stream) => this.store.readStream(organisation, stream)));
    // All keys at once, and only of what tells of seats.
    const events = await this.opener.open(organisation, stored.flat(), new Set([seatAssigned.type]));
    return (events as OpenedOf<typeof seatAssigned>[]).flatMap(({ stream, sections }) => {
      const assigned = sections.learner?.fields;
      return assigned ? [{ enrolment: stream.slice(-32), session: assigned.session, seat: assigned.seat }] : [];
    });
  }
}

/** When the end was dated on another day than it was told, the whole of that day is within the enrolment. */
function endOf({ state, endedOn, endedAt }: Enrolment, timeZone: string): string | undefined {
  if (!isEnded(state) || endedOn === undefined || endedAt === undefined) return undefined;
  if (DateTime.fromISO(endedAt, { zone: timeZone }).toISODate() === endedOn) return endedAt;
  return DateTime.fromISO(endedOn, { zone: timeZone }).endOf('day').toUTC().toISO() ?? endedAt;
}

import { Inject, Injectable } from '@nestjs/common';
import { conflict, Recorder, Refusal } from '@ardoise/decider';
import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { EVENT_STORE } from '../../platform/tokens';
import { enrolment, type Enrolment } from '../domain/enrolment';
import { enrolmentEnded, enrolmentMoved } from '../domain/events';
import { placeOffered } from '../domain/offer-events';
import { isEnded } from '../domain/transitions';

const leaving: readonly string[] = [enrolmentMoved.type, enrolmentEnded.type];

/**
 * The stays of an enrolment in its sessions. Whoever leaves a session and comes back has the same seat id there; what was
 * decided for the first stay is not to be done to the second.
 */
@Injectable()
export class Stays {
  constructor(
    private readonly recorder: Recorder,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /**
   * Looks whether an enrolment that is in a session has left since a place was offered to it, and is back.
   * @returns how many events the enrolment has, so that whoever goes on from there does so only if nothing came since
   * @throws Refusal `another-stay`
   */
  async mustNotBeAnother(organisation: string, offers: string, id: string, session: string): Promise<number> {
    const stream = `${enrolment.kind}-${id}`;
    const offered = lastOf(await this.store.readStream(organisation, offers), [placeOffered.type]);
    const events = await this.store.readStream(organisation, stream);
    const left = lastOf(events, leaving);
    if (left > offered && isIn(session, (await this.recorder.fold(enrolment, organisation, stream)).state.known)) {
      throw conflict('another-stay', 'the enrolment has left this session since, and is in it again');
    }
    return events.length;
  }
}

/** Whether an enrolment is in a session, whatever was decided of it there. */
export function isIn(session: string, known: Enrolment | undefined): boolean {
  return known !== undefined && known.session === session && !isEnded(known.state);
}

/** That something came since it was looked is no refusal: the step is tried again, and looks again. */
export function lookAgain(error: unknown): never {
  if (error instanceof Refusal && error.kind === 'stale') throw new StayChangedError();
  throw error;
}

/** The enrolment was written between the look at it and the command. */
class StayChangedError extends Error {
  override readonly name = 'StayChangedError';
  readonly code = 'stay-changed';
}

function lastOf(events: readonly StoredEvent[], types: readonly string[]): bigint {
  return events.findLast(({ header }) => types.includes(readHeader(header).type))?.position ?? 0n;
}

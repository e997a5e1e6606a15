import { Injectable } from '@nestjs/common';
import { conflict, invalid, notFound } from '@ardoise/decider';
import { VaultError } from '@ardoise/vault';
import { SessionCalendar, type PlannedSession } from '../../sessions/queries/session-calendar';
import { EnrolmentFinder } from '../queries/enrolment-finder';

/** What must be so before somebody enters a session. */
@Injectable()
export class Admission {
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly calendar: SessionCalendar,
    private readonly finder: EnrolmentFinder,
  ) {}

  /** Requests for one person wait for one another, so that two at once do not both find the place empty. */
  async inTurn<T>(organisation: string, person: string, work: () => Promise<T>): Promise<T> {
    const name = `${organisation}/${person}`;
    const before = this.turns.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.turns.get(name) === turn) this.turns.delete(name);
    }
  }

  /** Streams of the person's enrolments. @throws Refusal `person-not-found` */
  async streamsOf(organisation: string, person: string): Promise<string[]> {
    try {
      return await this.finder.streams(organisation, person);
    } catch (error) {
      if (error instanceof VaultError && error.code === 'person-unknown') {
        throw notFound('person-not-found', 'there is no such person', '/person');
      }
      throw error;
    }
  }

  /** The session, when it can be joined and is of the course. @throws Refusal */
  async session(organisation: string, course: string, session: string): Promise<PlannedSession> {
    const planned = await this.calendar.joinable(organisation, session);
    if (planned.course !== course) {
      throw invalid('session-of-other-course', 'must be a session of the course', '/session');
    }
    return planned;
  }

  /** Nobody is enrolled twice in one session, nor twice in one course without session. @throws Refusal `already-enrolled` */
  async refuseTwice(
    organisation: string,
    streams: readonly string[],
    course: string,
    session: string | undefined,
  ): Promise<void> {
    const live = await this.finder.live(organisation, streams);
    if (live.some((other) => other.session === session && (session !== undefined || other.course === course))) {
      throw conflict('already-enrolled', 'this person is enrolled there already');
    }
  }
}

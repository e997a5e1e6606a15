import { Injectable } from '@nestjs/common';
import { conflict, notFound, Recorder } from '@ardoise/decider';
import type { SessionOutline } from '../domain/events';
import { session, type Session } from '../domain/session';

export type { SessionOutline } from '../domain/events';

/** What others need to know of a session. */
export interface PlannedSession extends SessionOutline {
  readonly cancelled: boolean;
}

interface Known {
  readonly state: Session;
  readonly version: number;
}

const mostKnown = 2_000;

/** What other capabilities may ask of sessions: their outline as the log has it, not as a read model lags. */
@Injectable()
export class SessionCalendar {
  private readonly known = new Map<string, Known>();

  constructor(private readonly recorder: Recorder) {}

  /** @throws Refusal `session-not-found` */
  async session(organisation: string, id: string): Promise<PlannedSession> {
    const name = `${organisation}/${id}`;
    const { state, version } = await this.recorder.fold(
      session,
      organisation,
      `${session.kind}-${id}`,
      this.known.get(name),
    );
    if (!state.outline) throw notFound('session-not-found', 'there is no such session');
    if (this.known.size >= mostKnown) this.known.clear();
    // Trainers are persons: they are not kept in memory beyond their keys.
    this.known.set(name, { state: { ...state, trainers: new Map() }, version });
    return { ...state.outline, cancelled: state.cancelled };
  }

  /** A session that can still be joined. @throws Refusal `session-not-found`, `session-cancelled` */
  async joinable(organisation: string, id: string): Promise<PlannedSession> {
    const planned = await this.session(organisation, id);
    if (planned.cancelled) throw conflict('session-cancelled', 'the session has been cancelled', '/session');
    return planned;
  }
}

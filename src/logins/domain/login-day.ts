import { invalid, type Decider } from '@ardoise/decider';
import { loginEvents, type LoginEvent, type LoginOpened } from './events';

/** Where somebody logged in from. */
export interface Login {
  /** IP address. */
  readonly address: string;
  readonly device?: string;
  readonly browser?: string;
  readonly operatingSystem?: string;
}

export interface RecordLogin {
  readonly type: 'record-login';
  readonly person: string;
  /** The day of the login in the organisation's time zone. */
  readonly day: string;
  /** When technical traces of that day end: RFC 3339 in UTC. */
  readonly keptUntil: string;
  readonly login: Login;
}

/** A person's logins of one day. They stand side by side: nothing follows from one for the next. */
export const loginDay: Decider<object, RecordLogin, LoginEvent, LoginOpened> = {
  kind: 'login',
  events: loginEvents,

  initialState: () => ({}),

  evolve: (state) => state,

  decide({ person, day, keptUntil, login }, _, { now, occurredAt }) {
    if (keptUntil <= now) {
      throw invalid(
        'older-than-retention',
        'technical traces of that day are no longer kept by the organisation',
        '/occurredAt',
      );
    }
    return [
      { type: 'login-recorded', facts: { day }, sections: { self: { person, occurredAt, day, fields: { ...login } } } },
    ];
  },
};

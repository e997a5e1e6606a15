import { conflict, type Decider } from '@ardoise/decider';
import { noticeEvents, type NoticeEvent, type NoticeOpened } from './events';

export interface RecordNotice {
  readonly type: 'record-notice';
  readonly person: string;
  /** What was shown, in a name that the organisation gives it. */
  readonly notice: string;
  readonly policyVersion: number;
  readonly channel: string;
}

/** One seeing of a notice. */
export const notice: Decider<{ readonly seen: boolean }, RecordNotice, NoticeEvent, NoticeOpened> = {
  kind: 'notice',
  events: noticeEvents,

  initialState: () => ({ seen: false }),

  evolve: () => ({ seen: true }),

  decide({ person, notice: name, policyVersion, channel }, { seen }, { occurredAt }) {
    if (seen) throw conflict('notice-exists', 'this notice has been recorded already');
    const fields = { notice: name, policyVersion, channel };
    return [{ type: 'notice-seen', facts: {}, sections: { self: { person, occurredAt, fields } } }];
  },
};

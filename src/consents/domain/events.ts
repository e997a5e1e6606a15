import { defineEvent, integer, oneOf, optional, text, type EventOf, type OpenedOf } from '@ardoise/sealing';

/** `given` or `refused` begins a consent's stream; `withdrawn` or `expired` ends one that was given. */
export const choices = ['given', 'refused', 'withdrawn', 'expired'] as const;
export type Choice = (typeof choices)[number];

export const consentRecorded = defineEvent({
  type: 'consent-recorded',
  schema: 1,
  stream: 'consent',
  facts: {},
  sections: {
    self: {
      category: 'consent-proof',
      fields: {
        purpose: text(64),
        choice: oneOf(choices),
        /** The policy version that was shown with the question; at an end, the one in force. */
        policyVersion: integer(1),
        /** What the person was asked, word for word; absent at an end, where nothing is asked. */
        wording: optional(text(4000)),
        channel: text(100),
      },
    },
  },
});

/** Somebody has seen a notice. It is never a consent, whatever the notice says of continued use (MVX-26). */
export const noticeSeen = defineEvent({
  type: 'notice-seen',
  schema: 1,
  stream: 'notice',
  facts: {},
  sections: {
    self: {
      category: 'consent-proof',
      fields: { notice: text(200), policyVersion: integer(1), channel: text(100) },
    },
  },
});

export const consentEvents = [consentRecorded] as const;
export const noticeEvents = [noticeSeen] as const;

export type ConsentEvent = EventOf<typeof consentRecorded>;
export type ConsentOpened = OpenedOf<typeof consentRecorded>;
export type NoticeEvent = EventOf<typeof noticeSeen>;
export type NoticeOpened = OpenedOf<typeof noticeSeen>;

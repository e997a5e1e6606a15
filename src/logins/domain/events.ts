import { day, defineEvent, optional, text, type EventOf, type OpenedOf } from '@ardoise/sealing';

/** A stream per person and day, under the key of that day: it ends for everybody at once. */
export const loginRecorded = defineEvent({
  type: 'login-recorded',
  schema: 1,
  stream: 'login',
  facts: { day: day() },
  sections: {
    self: {
      category: 'technical',
      byDay: true,
      fields: {
        address: text(64),
        device: optional(text(200)),
        browser: optional(text(200)),
        operatingSystem: optional(text(200)),
      },
    },
  },
});

export const loginEvents = [loginRecorded] as const;

export type LoginEvent = EventOf<(typeof loginEvents)[number]>;
export type LoginOpened = OpenedOf<(typeof loginEvents)[number]>;

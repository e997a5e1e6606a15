import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrozenEvent } from '../../testing/frozen-event';
import { defineEvent, EventRegistry, flag, integer, number, optional, split, text, upcast } from '..';

/** A few event types with a history: what they are now, what they were, and the way between. */

const author = { author: { category: 'staff', fields: {}, optional: true } } as const;

export const contactRecorded1 = defineEvent({
  type: 'contact-recorded',
  schema: 1,
  stream: 'learning',
  facts: { country: text(2) },
  sections: {
    self: { category: 'learning', fields: { firstName: text(50), lastName: text(50), note: optional(text()) } },
    ...author,
  },
});
export const contactRecorded2 = defineEvent({
  type: 'contact-recorded',
  schema: 2,
  stream: 'learning',
  facts: { country: text(2) },
  sections: { self: { category: 'learning', fields: { fullName: text(101), note: optional(text()) } }, ...author },
});
export const contactRecorded = defineEvent({
  type: 'contact-recorded',
  schema: 3,
  stream: 'learning',
  facts: { abroad: flag() },
  sections: { self: { category: 'learning', fields: { fullName: text(101), country: text(2) } }, ...author },
});

export const minutesNoted = defineEvent({
  type: 'minutes-noted',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: { learner: { category: 'learning', fields: { minutes: integer(0) } } },
});
export const timeRecorded = defineEvent({
  type: 'time-recorded',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: { learner: { category: 'learning', fields: { minutes: integer(0) } } },
});

export const moduleDone = defineEvent({
  type: 'module-done',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: {
    learner: { category: 'learning', fields: { module: text(50), minutes: integer(0), score: number() } },
    ...author,
  },
});
export const moduleCompleted = defineEvent({
  type: 'module-completed',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: { learner: { category: 'learning', fields: { module: text(50), score: number() } }, ...author },
});

/** A field is merged of two, in two steps: a name; then a fact that the section says too. */
const contacts = [
  upcast(contactRecorded1, {
    to: contactRecorded2,
    sections: {
      self: {
        from: 'self',
        fields: ({ firstName, lastName, note }) => ({ fullName: `${firstName} ${lastName}`, note }),
      },
    },
    sayEarlier: ({ sections: { self, ...others }, ...event }) => {
      const { fullName, note } = self.fields;
      const [firstName, ...lastNames] = fullName.split(' ');
      if (firstName === undefined || lastNames.length !== 1) return undefined;
      const fields = { firstName, lastName: lastNames.join(' '), ...(note === undefined ? {} : { note }) };
      return { ...event, sections: { ...others, self: { ...self, fields } } };
    },
  }),
  upcast(contactRecorded2, {
    to: contactRecorded,
    facts: ({ country }) => ({ abroad: country !== 'FR' }),
    sections: { self: { from: 'self', fields: ({ fullName }, { country }) => ({ fullName, country }) } },
    sayEarlier: ({ type, sections: { self, ...others } }) => {
      const { fullName, country } = self.fields;
      return { type, facts: { country }, sections: { ...others, self: { ...self, fields: { fullName } } } };
    },
  }),
];

const renamed = upcast(minutesNoted, {
  to: timeRecorded,
  sayEarlier: (event) => ({ ...event, type: 'minutes-noted' as const }),
});

const parted = split(
  moduleDone,
  {
    to: moduleCompleted,
    sections: { learner: { from: 'learner', fields: ({ module, score }) => ({ module, score }) } },
  },
  { to: timeRecorded, sections: { learner: { from: 'learner', fields: ({ minutes }) => ({ minutes }) } } },
);

export const presentOnes = [contactRecorded, timeRecorded, moduleCompleted];
export const ways = [...contacts, renamed, parted];
export const registry = new EventRegistry(presentOnes, ['learning', 'staff'], ways);

/** Bytes that were stored under an earlier version. */
export function frozen(version: 'contact-recorded.1' | 'minutes-noted.1' | 'module-done.1'): FrozenEvent {
  return JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', `${version}.json`), 'utf8')) as FrozenEvent;
}

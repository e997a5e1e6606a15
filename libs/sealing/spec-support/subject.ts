import type { NewEvent, StoredEvent } from '@ardoise/event-store';
import { canonicalBytes, randomBytes, randomId, readHeader, type Header, type Json } from '@ardoise/format';
import { FakeVault } from '../../testing/fake-vault';
import { day, defineEvent, EventRegistry, number, Opener, Sealer, text, type AnyEvent, type EventToSeal } from '..';

export const organisation = 'moniravique';
export const learner = randomId();
export const trainer = randomId();
export const occurredAt = '2026-11-22T10:11:12.345Z';

const categories = ['learning', 'staff', 'technical', 'identity', 'contact'];
const declarations = [
  defineEvent({
    type: 'learning-corrected',
    schema: 1,
    stream: 'learning',
    facts: {},
    sections: {
      learner: { category: 'learning', fields: { score: number() } },
      author: { category: 'staff', fields: {}, optional: true },
    },
  }),
  defineEvent({
    type: 'login-recorded',
    schema: 1,
    stream: ['login', 'learning'],
    facts: { day: day() },
    sections: { self: { category: 'technical', byDay: true, fields: { address: text() } } },
  }),
  defineEvent({
    type: 'value-recorded',
    schema: 3,
    stream: 'learning',
    facts: {},
    sections: { self: { category: ['identity', 'contact'], fields: { value: text() } } },
  }),
  defineEvent({ type: 'session-opened', schema: 1, stream: 'session', facts: { title: text() }, sections: {} }),
];

/** A sealer and an opener over keys in memory. */
export function subject() {
  const registry = new EventRegistry(declarations, categories);
  const vault = new FakeVault();
  return { registry, vault, sealer: new Sealer(registry, vault), opener: new Opener(registry, vault) };
}

export const newStream = (kind = 'learning') => `${kind}-${randomId()}`;

export function toSeal(event: AnyEvent, members: Partial<EventToSeal> = {}): EventToSeal {
  const [id, command] = [randomId(), randomBytes(32)];
  return { id, command, event, version: 0, recordedAt: '2026-11-22T10:11:12Z', policy: 3, source: 'lms', ...members };
}

export const corrected = (score = 17.5): AnyEvent => ({
  type: 'learning-corrected',
  facts: {},
  sections: { learner: { person: learner, occurredAt, fields: { score } } },
});

export const correctedBy = (person: string, score = 18): AnyEvent => ({
  ...corrected(score),
  sections: { ...corrected(score).sections, author: { person, occurredAt, fields: {} } },
});

export const login = (on: string): AnyEvent => ({
  type: 'login-recorded',
  facts: { day: on },
  sections: { self: { person: learner, occurredAt, day: on, fields: { address: '192.0.2.7' } } },
});

export function stored(stream: string, { header, sections }: NewEvent, version = 0): StoredEvent {
  return { organisation, position: 7n + BigInt(version), stream, version, header, sections };
}

/** The same event with other members in its header, as somebody might write them who can write the database. */
export function withHeader(event: StoredEvent, change: (header: Header) => object): StoredEvent {
  const header = readHeader(event.header);
  return { ...event, header: canonicalBytes({ ...header, ...change(header) } as unknown as Json) };
}

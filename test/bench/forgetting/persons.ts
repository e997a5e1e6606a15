import { randomId } from '@ardoise/format';
import type { AnyEvent, EventDeclaration } from '@ardoise/sealing';
import type { Platform } from '../../../src/platform/platform';
import { context, eventOf, passing } from '../generator';
import { organisation } from './platform';

/** How much is recorded about a person: their registration, and per enrolment its request and the learning. */
export interface Extent {
  readonly enrolments: number;
  /** Events of learning in all. */
  readonly learning: number;
}

/** 10 events. */
export const few: Extent = { enrolments: 1, learning: 8 };
/** 10,000 events. */
export const many: Extent = { enrolments: 100, learning: 9_899 };

const atOnce = 200;

/** Records somebody through the Recorder; gives their id. */
export async function recordPerson(platform: Platform, { enrolments, learning }: Extent): Promise<string> {
  const person = randomId();
  const declared = platform.registry.all();
  const learningEvents = declared.filter(({ stream }) => stream === 'learning');
  const some = (of: readonly EventDeclaration[], count: number): AnyEvent[] =>
    Array.from({ length: count }, (_, i) => eventOf(of[i % of.length] as EventDeclaration, person));
  const named = (type: string): EventDeclaration[] => declared.filter((one) => one.type === type);
  await platform.vault.admitPerson(organisation, person, `person-${person}`);
  await record(platform, 'person', person, some(named('person-registered'), 1));
  for (let i = 0; i < enrolments; i++) {
    await record(platform, 'enrolment', randomId(), some(named('enrolment-requested'), 1));
    const from = Math.floor((i * learning) / enrolments);
    const until = Math.floor(((i + 1) * learning) / enrolments);
    await record(platform, 'learning', randomId(), some(learningEvents, until - from));
  }
  return person;
}

async function record(platform: Platform, kind: string, id: string, events: readonly AnyEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += atOnce) {
    const part = events.slice(at, at + atOnce);
    await platform.recorder.execute(passing(kind), `${kind}-${id}`, part, context(organisation));
  }
}

import type { NewEvent } from '@ardoise/event-store';
import { randomBytes, randomId } from '@ardoise/format';
import { defineEvent, EventRegistry, id, integer, oneOf, Sealer, text, type EventToSeal } from '@ardoise/sealing';
import type { UnitKey, UnitReference, UnitRequest, OpenedKey, Vault } from '@ardoise/vault';

/** One event with one section of five fields; source, person and time stand beside them, as in every section. */
export const moduleTimed = defineEvent({
  type: 'module-timed',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: {
    learner: {
      category: 'learning',
      fields: {
        enrolment: id(),
        course: id(),
        module: text(64),
        seconds: integer(1, 86_400),
        standing: oneOf(['regular', 'late', 'parked']),
      },
    },
  },
});

/** The smallest: with person, time and source a section of five fields in all. */
export const moduleOpened = defineEvent({
  type: 'module-opened',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: { learner: { category: 'learning', fields: { module: text(64), resource: id() } } },
});

export const benchRegistry = new EventRegistry([moduleTimed, moduleOpened], ['learning']);

/** A stream of one person's learning, as a caller knows it. */
export interface BenchStream {
  readonly stream: string;
  readonly person: string;
  readonly enrolment: string;
  version: number;
}

export function newStream(): BenchStream {
  return { stream: `learning-${randomId()}`, person: randomId(), enrolment: randomId(), version: 0 };
}

const course = randomId();
let seconds = 0;

/** What happened, in clear: what a peer is given as it is. */
export function clearPayload({ person, enrolment }: BenchStream) {
  seconds = (seconds % 86_400) + 1;
  return {
    person,
    occurredAt: '2026-03-02T09:15:30.250Z',
    source: 'lms',
    fields: { enrolment, course, module: 'premiers-secours-2', seconds, standing: 'regular' as const },
  };
}

export function eventToSeal(stream: BenchStream): EventToSeal {
  return toSeal(stream, moduleTimed.type, clearPayload(stream).fields);
}

/** An event whose section has five fields, person, time and source included. */
export function smallEventToSeal(stream: BenchStream): EventToSeal {
  return toSeal(stream, moduleOpened.type, { module: 'premiers-secours-2', resource: course });
}

function toSeal(stream: BenchStream, type: string, fields: { readonly [name: string]: unknown }): EventToSeal {
  const { person, occurredAt, source } = clearPayload(stream);
  return {
    id: randomId(),
    event: { type, facts: {}, sections: { learner: { person, occurredAt, fields } } },
    version: stream.version,
    recordedAt: '2026-03-02T09:15:31Z',
    policy: 1,
    // The recorder's work, done before anything is sealed.
    command: randomBytes(32),
    service: 'lms',
    source,
  };
}

/** Keys in memory: sealing and opening alone, without a database. */
export class MemoryVault implements Pick<Vault, 'sealingKeys' | 'openingKeys'> {
  private readonly byStream = new Map<string, UnitKey>();
  private readonly byUnit = new Map<string, UnitKey>();

  async sealingKeys(_organisation: string, requests: readonly UnitRequest[]): Promise<UnitKey[]> {
    return requests.map((request) => this.byStream.get(request.stream) ?? this.make(request));
  }

  async openingKeys(_organisation: string, units: readonly UnitReference[]): Promise<Map<string, OpenedKey>> {
    return new Map(
      units.map(({ unit }): [string, OpenedKey] => {
        const key = this.byUnit.get(unit);
        return [unit, key ? { state: 'open', key } : { state: 'unknown' }];
      }),
    );
  }

  private make({ person, stream, category }: UnitRequest): UnitKey {
    const key = {
      unit: randomId(),
      fingerprint: randomBytes(32).toString('hex'),
      category,
      person,
      key: randomBytes(32),
    };
    this.byStream.set(stream, key);
    this.byUnit.set(key.unit, key);
    return key;
  }
}

/** Events as they are stored, made beforehand: what lies bare below a store is given their bytes. */
export async function sealedEvents(count: number): Promise<NewEvent[]> {
  const sealer = new Sealer(benchRegistry, new MemoryVault());
  const events: NewEvent[] = [];
  for (let i = 0; i < count; i++) {
    const stream = newStream();
    events.push(...(await sealer.seal('bench', stream.stream, [eventToSeal(stream)])));
  }
  return events;
}

import type { CommandContext, Decider } from '@ardoise/decider';
import { randomBytes, randomId, type Json } from '@ardoise/format';
import type { AnyEvent, AnyOpened, EventDeclaration, SectionContent, SectionDeclaration } from '@ardoise/sealing';
import { randomUUID } from 'node:crypto';
import type { Platform } from '../../src/platform/platform';

/** Streams of what ends keys: a log full of it would not be a log of learning. */
const leftOut = new Set(['vault', 'erasure']);
/** Most of a year's log is learning. */
const busiest = 'learning';
const eventsOfBusiest = 24;
const atOnce = 32;

interface Kind {
  readonly kind: string;
  readonly declarations: readonly EventDeclaration[];
}

/**
 * Fills an organisation's log through the Recorder with events of every declared type, made from the declarations
 * alone: one person after the other, a stream of each kind for each, long ones for learning. Values fit their types and
 * mean nothing.
 */
export async function generateLog(platform: Platform, organisation: string, atLeast: number): Promise<number> {
  const kinds = kindsOf(platform.registry.all());
  let events = 0;
  const person = async (): Promise<void> => {
    while (events < atLeast) {
      const id = randomId();
      await platform.vault.admitPerson(organisation, id, `person-${id}`);
      for (const kind of kinds) {
        const made = eventsOf(kind, id);
        events += made.length;
        const stream = kind.kind === 'person' ? `person-${id}` : `${kind.kind}-${randomId()}`;
        await platform.recorder.execute(passing(kind.kind), stream, made, context(organisation));
      }
    }
  };
  await platform.vault.admitOrganisation(organisation);
  await Promise.all(Array.from({ length: atOnce }, person));
  return events;
}

function kindsOf(declarations: readonly EventDeclaration[]): Kind[] {
  const byKind = new Map<string, EventDeclaration[]>();
  for (const declaration of declarations) {
    const [kind] = typeof declaration.stream === 'string' ? [declaration.stream] : declaration.stream;
    if (kind === undefined || leftOut.has(kind)) continue;
    byKind.set(kind, [...(byKind.get(kind) ?? []), declaration]);
  }
  return [...byKind].map(([kind, own]) => ({ kind, declarations: own }));
}

function eventsOf({ kind, declarations }: Kind, person: string): AnyEvent[] {
  const count = kind === busiest ? eventsOfBusiest : declarations.length;
  return Array.from({ length: count }, (_, index) =>
    eventOf(declarations[index % declarations.length] as EventDeclaration, person),
  );
}

type Passing = Decider<null, readonly AnyEvent[], AnyEvent, AnyOpened>;

/** One of each kind: what is remembered of a stream is its decider's. */
const passings = new Map<string, Passing>();

/** A decider that records what it is told. */
export function passing(kind: string): Passing {
  let rules = passings.get(kind);
  if (!rules) {
    rules = { kind, events: [], initialState: () => null, evolve: (state) => state, decide: (events) => events };
    passings.set(kind, rules);
  }
  return rules;
}

/** Of one command after the other, of nobody's. */
export function context(organisation: string): CommandContext {
  return { organisation, commandId: randomUUID(), service: 'bench', source: 'lms' };
}

/** An event of a declaration, about a person. */
export function eventOf({ type, facts, sections }: EventDeclaration, person: string): AnyEvent {
  const content = Object.entries(sections)
    .filter(([, section]) => !section.optional)
    .map(([role, section]): [string, SectionContent] => [role, contentOf(section, person)]);
  return { type, facts: valuesOf(facts), sections: Object.fromEntries(content) };
}

function contentOf({ category, fields, byDay }: SectionDeclaration, person: string): SectionContent {
  const several = typeof category !== 'string';
  return {
    person,
    occurredAt: new Date().toISOString(),
    fields: valuesOf(fields),
    ...(several ? { category: category[0], part: randomId() } : {}),
    ...(byDay ? { day: today() } : {}),
  };
}

function valuesOf(fields: EventDeclaration['facts']): { [name: string]: unknown } {
  const required = Object.entries(fields).filter(([, type]) => !type.optional);
  return Object.fromEntries(required.map(([name, type]) => [name, valueOf(type.shape)]));
}

/** A value of a field type, by its frozen shape. */
function valueOf(shape: Json): unknown {
  if (typeof shape === 'string') return plainValue(shape);
  const described = shape as { readonly [kind: string]: Json };
  if ('text' in described) return randomBytes(6).toString('hex').slice(0, Number(described.text));
  if ('integer' in described) return wholeNumber(described.integer as readonly [number, number]);
  if ('oneOf' in described) return (described.oneOf as readonly string[])[0];
  if ('list' in described) return [valueOf(described.list)];
  if ('record' in described) {
    const members = Object.entries(described.record as { readonly [name: string]: Json });
    return Object.fromEntries(members.filter(([, one]) => !isOptional(one)).map(([name, one]) => [name, valueOf(one)]));
  }
  throw new Error(`the generator knows no value of the shape ${JSON.stringify(shape)}`);
}

function plainValue(shape: string): unknown {
  switch (shape) {
    case 'id':
      return randomId();
    case 'digest':
      return randomBytes(32).toString('hex');
    case 'day':
      return today();
    case 'instant':
      return new Date().toISOString();
    case 'currency':
      return 'EUR';
    case 'number':
      return Math.round(Math.random() * 200) / 10;
    case 'flag':
      return Math.random() < 0.5;
    case 'opaque':
      return { said: randomBytes(8).toString('hex') };
    default:
      throw new Error(`the generator knows no value of the shape ${shape}`);
  }
}

function isOptional(shape: Json): boolean {
  return typeof shape === 'object' && shape !== null && 'optional' in shape;
}

function wholeNumber([least, most]: readonly [number, number]): number {
  const from = Math.max(least, 0);
  return from + Math.floor(Math.random() * (Math.min(most, 1_000) - from + 1));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

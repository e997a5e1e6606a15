import { lengthPrefixed, sha256Hex } from '@ardoise/format';
import type { AnyOpened, ClosedSection, OpenedSection } from './declaration';
import { checkFields } from './field-types';
import type { EventRegistry } from './registry';
import { roleBefore, type AnyBecoming, type Upcaster } from './upcaster';

/** An upcaster that fails at a stored event: a fault of ours; the reader stops there until it is mended. */
export class UpcastError extends Error {
  override readonly name = 'UpcastError';
  readonly code = 'event-upcast-failed';

  constructor(
    readonly type: string,
    readonly schema: number,
    readonly event: string,
  ) {
    super(`event ${event} of type "${type}" version ${schema} cannot be read as the present version`);
  }
}

/**
 * An opened event as its present version, or the events that it was split into. What comes of an upcaster is checked
 * against the declaration, as what is sealed is. @throws UpcastError
 */
export function upcastEvent(registry: EventRegistry, event: AnyOpened): readonly AnyOpened[] {
  const upcaster = registry.upcasterOf(event.type, event.schema);
  if (!upcaster) return [event];
  const stored = event.stored ?? { id: event.id, type: event.type, schema: event.schema };
  return upcaster.parts.flatMap((part, index) =>
    upcastEvent(registry, {
      ...goOn(event, upcaster, part),
      id: index === 0 ? event.id : idOfPart(event.id, index),
      stored,
    }),
  );
}

/** Derived, so that it is the same for whoever reads; of no use to find the event in the log, for which `stored` is. */
function idOfPart(event: string, index: number): string {
  return sha256Hex(lengthPrefixed(['ardoise/part/1', event, String(index)])).slice(0, 32);
}

function goOn(event: AnyOpened, { from }: Upcaster, part: AnyBecoming): AnyOpened {
  const { to } = part;
  const path = `${to.type}/${to.schema}`;
  const sections: { [role: string]: OpenedSection } = {};
  const closed: ClosedSection[] = [];
  try {
    const facts = part.facts?.(event.facts) ?? event.facts;
    checkFields(to.facts, facts, `${path}/facts`);
    for (const [role, declared] of Object.entries(to.sections)) {
      const before = roleBefore(part, role);
      const section = event.sections[before];
      const ended = event.closed.find((one) => one.role === before);
      if (ended) closed.push({ ...ended, role });
      if (!section) continue;
      const fields = part.sections?.[role]?.fields?.(section.fields, event.facts) ?? section.fields;
      checkFields(declared.fields, fields, `${path}/${role}`);
      sections[role] = { ...section, fields: defined(fields) };
    }
    return { ...event, type: to.type, schema: to.schema, facts: defined(facts), sections, closed };
  } catch {
    // What the upcaster says of it may quote a value.
    throw new UpcastError(from.type, from.schema, event.stored?.id ?? event.id);
  }
}

/** A value that is not there has no field, as in what is stored. */
function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

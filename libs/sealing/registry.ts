import { DeclarationError } from './field-types';
import type { EventDeclaration, SectionDeclaration } from './declaration';
import type { Upcaster } from './upcaster';

/** A stored event whose type or schema version this code does not know: the reader stops and names it. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';
  readonly code = 'event-type-unknown';

  constructor(
    readonly type: string,
    readonly schema: number,
    readonly event: string,
  ) {
    super(`event ${event} is of type "${type}" version ${schema}, which this version of Ardoise does not know`);
  }
}

/** An event type in one version of its shape. */
export interface EventVersion {
  readonly type: string;
  readonly schema: number;
}

/** What is known of an earlier version. */
interface Earlier {
  readonly upcaster: Upcaster;
  /** The present types that it ends up as. */
  readonly becomes: ReadonlySet<string>;
}

/** All event types that this code knows, in their present version and every earlier one, checked at start-up. */
export class EventRegistry {
  private readonly byType = new Map<string, EventDeclaration>();
  private readonly earlier = new Map<string, Earlier>();

  /**
   * @throws DeclarationError when two declarations bear one name, a category is not one of those given, or an earlier
   * version does not lead to a present one
   */
  constructor(
    declarations: readonly EventDeclaration[],
    categories: readonly string[],
    upcasters: readonly Upcaster[] = [],
  ) {
    for (const declaration of declarations) {
      if (this.byType.has(declaration.type)) throw new DeclarationError(`two events are named "${declaration.type}"`);
      for (const [role, section] of Object.entries(declaration.sections)) {
        const unknown = categoriesOf(section).find((category) => !categories.includes(category));
        if (unknown !== undefined) {
          throw new DeclarationError(`${declaration.type}.${role}: "${unknown}" is no declared data category`);
        }
      }
      this.byType.set(declaration.type, declaration);
    }
    for (const [name, upcaster] of byName(upcasters)) {
      if (this.isPresent(upcaster.from))
        throw new DeclarationError(`${name} is the present version, and has an upcaster`);
      this.earlier.set(name, { upcaster, becomes: this.endsOf(upcaster, byName(upcasters), []) });
    }
  }

  /** The present versions. */
  all(): EventDeclaration[] {
    return [...this.byType.values()];
  }

  /** Every version that can be read. */
  versions(): EventVersion[] {
    const known = [...this.all(), ...this.earlierDeclarations()];
    return known.map(({ type, schema }) => ({ type, schema }));
  }

  earlierDeclarations(): EventDeclaration[] {
    return [...this.earlier.values()].map(({ upcaster }) => upcaster.from);
  }

  /** @throws DeclarationError */
  toWrite(type: string): EventDeclaration {
    const declaration = this.byType.get(type);
    if (!declaration) throw new DeclarationError(`the event type "${type}" is not declared`);
    return declaration;
  }

  /** The declaration that an event was stored under. @throws UnknownEventError */
  toRead(type: string, schema: number, event: string): EventDeclaration {
    const declaration = this.byType.get(type);
    if (declaration?.schema === schema) return declaration;
    const earlier = this.earlier.get(versionName({ type, schema }));
    if (!earlier) throw new UnknownEventError(type, schema, event);
    return earlier.upcaster.from;
  }

  knows(type: string, schema: number): boolean {
    return this.byType.get(type)?.schema === schema || this.earlier.has(versionName({ type, schema }));
  }

  /** The way from an earlier version to the next; undefined for the present one. */
  upcasterOf(type: string, schema: number): Upcaster | undefined {
    if (this.byType.get(type)?.schema === schema) return undefined;
    return this.earlier.get(versionName({ type, schema }))?.upcaster;
  }

  /** The upcasters that lead to a version in one step, of events that were not split. */
  upcastersTo({ type, schema }: EventVersion): Upcaster[] {
    return [...this.earlier.values()]
      .map(({ upcaster }) => upcaster)
      .filter(({ parts }) => parts.length === 1 && parts[0]?.to.type === type && parts[0].to.schema === schema);
  }

  /** Whether any of these present types may come of a stored event. @throws UnknownEventError */
  mayBecome(type: string, schema: number, event: string, wanted: ReadonlySet<string>): boolean {
    if (this.byType.get(type)?.schema === schema) return wanted.has(type);
    const earlier = this.earlier.get(versionName({ type, schema }));
    // What code does not know may be what it wants, under another name or within another event.
    if (!earlier) throw new UnknownEventError(type, schema, event);
    return [...earlier.becomes].some((one) => wanted.has(one));
  }

  isPresent({ type, schema }: EventVersion): boolean {
    return this.byType.get(type)?.schema === schema;
  }

  private endsOf(upcaster: Upcaster, all: ReadonlyMap<string, Upcaster>, before: readonly string[]): Set<string> {
    const from = versionName(upcaster.from);
    if (before.includes(from)) throw new DeclarationError(`${from} becomes itself in the end`);
    const ends = new Set<string>();
    for (const { to } of upcaster.parts) {
      const next = all.get(versionName(to));
      if (this.isPresent(to)) ends.add(to.type);
      else if (next) this.endsOf(next, all, [...before, from]).forEach((type) => ends.add(type));
      else
        throw new DeclarationError(`${from} becomes ${versionName(to)}, which is neither present nor upcast further`);
    }
    return ends;
  }
}

/** @throws DeclarationError */
function byName(upcasters: readonly Upcaster[]): Map<string, Upcaster> {
  const named = new Map<string, Upcaster>();
  for (const upcaster of upcasters) {
    const name = versionName(upcaster.from);
    if (named.has(name)) throw new DeclarationError(`${name} has two upcasters`);
    named.set(name, upcaster);
  }
  return named;
}

/** How a version is named where one word is needed: `login-recorded/2`. */
export function versionName({ type, schema }: EventVersion): string {
  return `${type}/${schema}`;
}

/** The categories that a section may have. */
export function categoriesOf(section: SectionDeclaration): readonly string[] {
  return typeof section.category === 'string' ? [section.category] : section.category;
}

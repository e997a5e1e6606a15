import { DeclarationError } from './field-types';
import type { EventDeclaration, SectionDeclaration } from './declaration';

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

/** All event types that this code knows, checked at start-up. */
export class EventRegistry {
  private readonly byType = new Map<string, EventDeclaration>();

  /** @throws DeclarationError when two declarations bear one name, or a category is not one of those given. */
  constructor(declarations: readonly EventDeclaration[], categories: readonly string[]) {
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
  }

  all(): EventDeclaration[] {
    return [...this.byType.values()];
  }

  /** @throws DeclarationError */
  toWrite(type: string): EventDeclaration {
    const declaration = this.byType.get(type);
    if (!declaration) throw new DeclarationError(`the event type "${type}" is not declared`);
    return declaration;
  }

  /** @throws UnknownEventError */
  toRead(type: string, schema: number, event: string): EventDeclaration {
    const declaration = this.byType.get(type);
    if (!declaration || declaration.schema !== schema) throw new UnknownEventError(type, schema, event);
    return declaration;
  }
}

/** The categories that a section may have. */
export function categoriesOf(section: SectionDeclaration): readonly string[] {
  return typeof section.category === 'string' ? [section.category] : section.category;
}

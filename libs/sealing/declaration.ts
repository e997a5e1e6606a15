import { isEventType, isKind, isName, type Json } from '@ardoise/format';
import { checkNames, DeclarationError, shapeOf, type Fields, type ValuesOf } from './field-types';

/** A sealed part of an event type: whose category it is and which fields stand in it. */
export interface SectionDeclaration<F extends Fields = Fields> {
  /** The data category; several where the value decides (a profile value), and the event then names one of them. */
  readonly category: string | readonly string[];
  readonly fields: F;
  /** Kept by the day: the unit hangs under its category's group key of that day. */
  readonly byDay?: boolean;
  /** May be absent (somebody other than the subject acted); allowed only for the last section. */
  readonly optional?: boolean;
}

export type SectionDeclarations = { readonly [role: string]: SectionDeclaration };

/** An event type: its stored name and schema version, its stream's kind, what is clear and what is sealed. */
export interface EventDeclaration<
  T extends string = string,
  F extends Fields = Fields,
  S extends SectionDeclarations = SectionDeclarations,
> {
  /** Stored for ever: past tense, neutral of any outcome. */
  readonly type: T;
  readonly schema: number;
  /** Kind of the stream that holds it; several where it may stand in streams of more than one kind. */
  readonly stream: string | readonly string[];
  /** What concerns nobody. */
  readonly facts: F;
  readonly sections: S;
}

/** What a decider says of one person: the runtime adds source, causation, correlation and the request's digest. */
export interface SectionContent<F extends Fields = Fields> {
  readonly person: string;
  /** When it happened: RFC 3339 in UTC with milliseconds. */
  readonly occurredAt: string;
  readonly fields: ValuesOf<F>;
  /** Only where the declaration allows several. */
  readonly category?: string;
  /** Splits a person's own stream into units: one version of one profile value. */
  readonly part?: string;
  /** YYYY-MM-DD, only where the declaration says `byDay`. */
  readonly day?: string;
}

type OptionalRoles<S extends SectionDeclarations> = {
  [R in keyof S]: S[R] extends { readonly optional: true } ? R : never;
}[keyof S];

/** An event as a decider gives it: not yet sealed. */
export type EventOf<D> =
  D extends EventDeclaration<infer T, infer F, infer S>
    ? {
        readonly type: T;
        readonly facts: ValuesOf<F>;
        readonly sections: {
          readonly [R in Exclude<keyof S, OptionalRoles<S>>]: SectionContent<S[R]['fields']>;
        } & { readonly [R in OptionalRoles<S>]?: SectionContent<S[R]['fields']> };
      }
    : never;

/** A section that opened: the content with all that the runtime added. */
export type OpenedSection<F extends Fields = Fields> = {
  readonly unit: string;
  readonly person: string;
  readonly occurredAt: string;
  readonly source: string;
  readonly causation?: string;
  readonly correlation?: string;
  /** Keyed digest of the request that caused it; in the first section only. */
  readonly request?: string;
  readonly category: string;
  /** YYYY-MM-DD, of a unit that ends with its day. */
  readonly day?: string;
  readonly fields: ValuesOf<F>;
};

/** An event as it is read back; a section whose key is destroyed or lost is absent, and named in `closed`. */
export type OpenedOf<D> =
  D extends EventDeclaration<infer T, infer F, infer S>
    ? OpenedEnvelope & {
        readonly type: T;
        readonly facts: ValuesOf<F>;
        readonly sections: { readonly [R in keyof S]?: OpenedSection<S[R]['fields']> };
      }
    : never;

export interface ClosedSection {
  readonly role: string;
  readonly unit: string;
  readonly state: 'erased' | 'lost';
}

export interface OpenedEnvelope {
  /** Of the event as it stands in the log; of the second and later parts of one that was split, made from that. */
  readonly id: string;
  /** What stands in the log, where that is an earlier version or another type than what is shown here. */
  readonly stored?: { readonly id: string; readonly type: string; readonly schema: number };
  readonly organisation: string;
  readonly stream: string;
  readonly version: number;
  readonly position: bigint;
  /** Of the version that is shown here: the present one. */
  readonly schema: number;
  readonly policy: number;
  readonly recordedAt: string;
  /** Hexadecimal HMAC of the command. */
  readonly command: string;
  /** The service account that acted, when it was one. */
  readonly service?: string;
  /** Keyed digest of the request that caused it, where nothing is sealed that could hold it. */
  readonly request?: string;
  readonly closed: readonly ClosedSection[];
}

/** Any event, not sealed. */
export interface AnyEvent {
  readonly type: string;
  readonly facts: { readonly [name: string]: unknown };
  readonly sections: { readonly [role: string]: SectionContent | undefined };
}

/** Any event, opened. */
export interface AnyOpened extends OpenedEnvelope {
  readonly type: string;
  readonly facts: { readonly [name: string]: unknown };
  readonly sections: { readonly [role: string]: OpenedSection | undefined };
}

/** Names that the runtime writes into every section; no declared field may bear one. */
export const envelopeFields = ['person', 'occurredAt', 'source', 'causation', 'correlation', 'request'] as const;
/** Facts that the runtime writes: the acting service account, and the request's digest where nothing is sealed. */
export const envelopeFacts = ['service', 'request'] as const;

/** Declares an event type. @throws DeclarationError when the declaration contradicts the format. */
export function defineEvent<const T extends string, F extends Fields, const S extends SectionDeclarations>(
  declaration: EventDeclaration<T, F, S>,
): EventDeclaration<T, F, S> {
  const { type, schema, stream, facts, sections } = declaration;
  if (!isEventType(type)) throw new DeclarationError(`"${String(type)}" cannot name an event type`);
  if (!Number.isSafeInteger(schema) || schema < 1) throw new DeclarationError(`${type}: schema versions count from 1`);
  if (![stream].flat().every(isKind)) throw new DeclarationError(`${type}: a kind of its stream is not well formed`);
  checkNames(facts, type);
  const reservedFact = envelopeFacts.find((name) => Object.hasOwn(facts, name));
  if (reservedFact) throw new DeclarationError(`${type}: the fact "${reservedFact}" is written by the runtime`);
  const roles = Object.keys(sections);
  roles.forEach((role, index) => checkSection(type, role, sections[role] as SectionDeclaration, roles.length - index));
  return declaration;
}

/** @param left how many sections there are from this one on. */
function checkSection(type: string, role: string, section: SectionDeclaration, left: number): void {
  const path = `${type}.${role}`;
  // The order of roles is that of the stored sections: a role like "1" would come before those declared earlier.
  if (!isName(role) || role in Object.prototype) throw new DeclarationError(`${path}: a role has a camelCase name`);
  if ([section.category].flat().length === 0) throw new DeclarationError(`${path}: a section has a category`);
  checkNames(section.fields, path);
  const reserved = envelopeFields.find((name) => Object.hasOwn(section.fields, name));
  if (reserved) throw new DeclarationError(`${path}: the field "${reserved}" is written by the runtime`);
  if (section.optional && left !== 1) throw new DeclarationError(`${path}: only the last section may be optional`);
}

/** The frozen shape of an event type: what must not change without a new schema version. */
export function eventShape(declaration: EventDeclaration): Json {
  return {
    type: declaration.type,
    schema: declaration.schema,
    stream: declaration.stream,
    facts: shapeOf(declaration.facts),
    sections: Object.entries(declaration.sections).map(([role, section]) => ({
      role,
      category: section.category,
      ...(section.byDay ? { byDay: true } : {}),
      ...(section.optional ? { optional: true } : {}),
      fields: shapeOf(section.fields),
    })),
  };
}

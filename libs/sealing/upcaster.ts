import type { AnyEvent, AnyOpened, EventDeclaration, EventOf, SectionDeclaration } from './declaration';
import { DeclarationError, type ValuesOf } from './field-types';
import { categoriesOf, versionName } from './registry';

type FactsOf<D extends EventDeclaration> = ValuesOf<D['facts']>;
type FieldsOf<D extends EventDeclaration, R extends keyof D['sections']> = ValuesOf<D['sections'][R]['fields']>;

/**
 * Where a section comes from: always one section of the earlier version, so that what it says still ends with its own
 * unit; facts, which concern nobody, may help. Without `fields` the fields go on as they are.
 */
type SectionFrom<From extends EventDeclaration, To extends SectionDeclaration> = {
  [R in keyof From['sections'] & string]: {
    readonly from: R;
    readonly fields?: (fields: FieldsOf<From, R>, facts: FactsOf<From>) => ValuesOf<To['fields']>;
  };
}[keyof From['sections'] & string];

/**
 * An event that an earlier version becomes. A section that is not named goes on from the one of the same role. No fact
 * can be made from a section: what is sealed stays sealed.
 */
export interface Becoming<From extends EventDeclaration, To extends EventDeclaration> {
  readonly to: To;
  readonly facts?: (facts: FactsOf<From>) => FactsOf<To>;
  readonly sections?: { readonly [R in keyof To['sections']]?: SectionFrom<From, To['sections'][R]> };
}

/** {@link Becoming}, whatever its types are. */
export interface AnyBecoming {
  readonly to: EventDeclaration;
  readonly facts?: (facts: AnyOpened['facts']) => AnyOpened['facts'];
  readonly sections?: { readonly [role: string]: AnySectionFrom | undefined };
}

interface AnySectionFrom {
  readonly from: string;
  readonly fields?: (fields: Fields, facts: AnyOpened['facts']) => Fields;
}

type Fields = { readonly [name: string]: unknown };

/** From one version of an event to the next: pure, total over sections that are erased, and told once. */
export interface Upcaster {
  /** The declaration as it was when events were stored under it. */
  readonly from: EventDeclaration;
  /** In their order; several where the event was split. */
  readonly parts: readonly AnyBecoming[];
  /**
   * Says the later event in the earlier version, for as long as a server lives that does not know the later one;
   * undefined where it cannot be said. Only for an event that was not split.
   */
  readonly sayEarlier?: (event: AnyEvent) => AnyEvent | undefined;
}

/** An event becomes another version of itself, or one of another name. @throws DeclarationError */
export function upcast<From extends EventDeclaration, To extends EventDeclaration>(
  from: From,
  becoming: Becoming<From, To> & {
    /** See {@link Upcaster.sayEarlier}. What does not read back as the same is not written so. */
    readonly sayEarlier?: (event: EventOf<To>) => EventOf<From> | undefined;
  },
): Upcaster {
  const { sayEarlier, ...part } = becoming;
  return checked({
    from,
    parts: [part as unknown as AnyBecoming],
    ...(sayEarlier ? { sayEarlier: sayEarlier as unknown as (event: AnyEvent) => AnyEvent | undefined } : {}),
  });
}

/**
 * An event becomes several, all at its place in the log and in its stream. The first has its id, the others ids made
 * from that. @throws DeclarationError
 */
export function split<From extends EventDeclaration, To extends readonly EventDeclaration[]>(
  from: From,
  ...parts: { readonly [P in keyof To]: Becoming<From, To[P]> }
): Upcaster {
  return checked({ from, parts: parts as unknown as AnyBecoming[] });
}

/** The role that a section of the later event comes from. */
export function roleBefore({ sections }: AnyBecoming, role: string): string {
  return sections?.[role]?.from ?? role;
}

function checked(upcaster: Upcaster): Upcaster {
  const { from, parts } = upcaster;
  if (parts.length === 0) throw new DeclarationError(`${versionName(from)} becomes nothing`);
  for (const part of parts) checkPart(from, part);
  checkFirst(from, parts[0] as AnyBecoming);
  return upcaster;
}

/** The first section holds the digest of the request, by which a repeated command is told from another of the same id. */
function checkFirst(from: EventDeclaration, part: AnyBecoming): void {
  const first = Object.keys(from.sections)[0];
  if (first === undefined) return;
  const role = Object.keys(part.to.sections)[0];
  if (role !== undefined && roleBefore(part, role) === first) return;
  const name = versionName(from);
  throw new DeclarationError(
    `${name}: the first section of what it becomes first comes from its own first, "${first}"`,
  );
}

function checkPart(from: EventDeclaration, part: AnyBecoming): void {
  const path = `${versionName(from)} to ${versionName(part.to)}`;
  if (part.to.type === from.type && part.to.schema <= from.schema) {
    throw new DeclarationError(`${path}: an event becomes a later version of itself`);
  }
  const kinds = [part.to.stream].flat();
  if (![from.stream].flat().every((kind) => kinds.includes(kind))) {
    throw new DeclarationError(`${path}: an event stays in its stream, so the later one may stand in all its kinds`);
  }
  for (const [role, section] of Object.entries(part.to.sections)) {
    const before = from.sections[roleBefore(part, role)];
    if (before) checkSection(`${path}, section "${role}"`, before, section);
    else throw new DeclarationError(`${path}: the section "${role}" comes from none of the earlier version`);
  }
}

function checkSection(path: string, before: SectionDeclaration, after: SectionDeclaration): void {
  const allowed = categoriesOf(after);
  const left = categoriesOf(before).find((category) => !allowed.includes(category));
  if (left !== undefined) {
    throw new DeclarationError(
      `${path}: what was sealed as "${left}" ends as that; to keep it as another category, record it again under a new unit`,
    );
  }
  if ((before.byDay ?? false) !== (after.byDay ?? false)) {
    throw new DeclarationError(`${path}: a unit that ends with its day goes on ending so, and no other begins to`);
  }
  if (before.optional && !after.optional) {
    throw new DeclarationError(`${path}: it may be absent in the earlier version, so it may be in the later one`);
  }
}

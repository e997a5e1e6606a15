import { isDay, isDigest, isId, isSecond, type HeaderScan } from '@ardoise/format';
import { ContentError } from './content';

/** A type's declaration, in the form of docs/events.json. */
export interface EventShape {
  readonly type: string;
  readonly schema: number;
  readonly stream: string | readonly string[];
  readonly facts: { readonly [name: string]: unknown };
  readonly sections: readonly SectionShape[];
}

export interface SectionShape {
  readonly role: string;
  readonly category: string | readonly string[];
  readonly byDay?: boolean;
  readonly optional?: boolean;
}

export interface SectionType {
  readonly categories: readonly string[];
  readonly byDay: boolean;
  readonly optional: boolean;
}

/** What events of a type look like. */
export interface EventType {
  readonly type: string;
  readonly schema: number;
  readonly kinds: ReadonlySet<string>;
  readonly sections: readonly SectionType[];
  /** How many sections there are at least. */
  readonly least: number;
  /** The path of the first fact that is not as declared. */
  misfit(facts: Facts, sealed: boolean): string | undefined;
}

export type Facts = { readonly [name: string]: unknown };

type Check = (value: unknown, path: string) => string | undefined;

/** Types by name and schema. */
export class Vocabulary {
  private readonly types = new Map<string, EventType[]>();

  /** @throws ContentError `vocabulary-malformed` */
  constructor(shapes: readonly EventShape[]) {
    for (const shape of shapes) {
      const type = typeOf(shape);
      const known = this.types.get(type.type) ?? [];
      if (known.some(({ schema }) => schema === type.schema)) throw malformed(`type "${shape.type}" is declared twice`);
      this.types.set(type.type, [...known, type]);
    }
  }

  find(type: string, schema: number): EventType | undefined {
    const known = this.types.get(type);
    if (known === undefined) return undefined;
    return known.length === 1 && known[0]?.schema === schema ? known[0] : known.find((one) => one.schema === schema);
  }
}

/** Which of an event is not as its type has it: a code, and what would be right. */
export interface Misfit {
  readonly code: string;
  readonly detail: string;
}

/** Holds a header against its type. */
export function misfitOf(type: EventType, scan: HeaderScan): Misfit | undefined {
  const kind = scan.text(scan.streamFrom, scan.streamTo - 33);
  if (!type.kinds.has(kind)) return { code: 'stream-kind-differs', detail: `stands in a stream of kind ${kind}` };
  const { sections, least } = type;
  const count = scan.sectionCount;
  if (count > sections.length || count < least) {
    return { code: 'sections-differ', detail: `has ${count} sections; declared are ${least} to ${sections.length}` };
  }
  for (let index = 0; index < count; index++) {
    if ((scan.sections[index]?.day ?? -1) >= 0 === sections[index]?.byDay) continue;
    const should = sections[index]?.byDay ? 'has no day and must have one' : 'has a day and may have none';
    return { code: 'day-differs', detail: `section ${index} ${should}` };
  }
  const path = type.misfit(scan.facts(), count > 0);
  return path === undefined ? undefined : { code: 'facts-differ', detail: `its fact ${path} is not as declared` };
}

/** @throws ContentError `vocabulary-malformed` */
export function shapesIn(value: unknown): EventShape[] {
  if (!Array.isArray(value) || value.length > 10_000) throw malformed('is no list of types');
  return value.map((one: unknown) => {
    const shape = one as Partial<EventShape> | null;
    const fits =
      typeof shape?.type === 'string' &&
      Number.isSafeInteger(shape.schema) &&
      isTexts(shape.stream) &&
      isObject(shape.facts) &&
      Array.isArray(shape.sections) &&
      shape.sections.every((section: unknown) => isObject(section) && isTexts(section.category));
    if (!fits) throw malformed('has a type that is not well formed');
    return shape as EventShape;
  });
}

function typeOf({ type, schema, stream, facts, sections }: EventShape): EventType {
  const declared = recordOf(facts, 0);
  const types = sections.map(({ category, byDay, optional }) => ({
    categories: [category].flat(),
    byDay: byDay === true,
    optional: optional === true,
  }));
  return {
    type,
    schema,
    kinds: new Set([stream].flat()),
    sections: types,
    least: types.filter(({ optional }) => !optional).length,
    misfit: (values, sealed) => {
      if (values.service === undefined && values.request === undefined) return declared(values, '');
      // Written by the runtime, whatever the type.
      const { service, request, ...rest } = values;
      if (service !== undefined && (typeof service !== 'string' || service.length > 200)) return 'service';
      if (request !== undefined && (sealed || !isDigest(request))) return 'request';
      return declared(rest, '');
    },
  };
}

const plain: { readonly [shape: string]: (value: unknown) => boolean } = {
  id: isId,
  digest: isDigest,
  day: isDay,
  instant: isInstant,
  currency: (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
  number: (value) => Number.isFinite(value),
  flag: (value) => typeof value === 'boolean',
  opaque: () => true,
  'unit and fingerprint': (value) => Array.isArray(value) && value.length === 2 && isId(value[0]) && isDigest(value[1]),
};

function isInstant(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return isSecond(value) || (/\.\d{3}Z$/.test(value) && isSecond(String(value).slice(0, -5) + 'Z'));
}

/** Shapes of shapes nest at most so deep: nothing that we declare comes near. */
const deepest = 32;

function checkOf(shape: unknown, depth: number): Check {
  if (depth > deepest) throw malformed('has a type that nests too deep');
  if (typeof shape === 'string' && Object.hasOwn(plain, shape)) {
    const fits = plain[shape] as (value: unknown) => boolean;
    return (value, path) => (fits(value) ? undefined : path);
  }
  const [[kind, of] = ['', undefined], ...others] = isObject(shape) ? Object.entries(shape) : [];
  if (others.length > 0) throw malformed('has a shape of two kinds');
  switch (kind) {
    case 'text':
      return (value, path) => (typeof value === 'string' && value.length <= Number(of) ? undefined : path);
    case 'integer': {
      if (!Array.isArray(of)) break;
      const [least, most] = of as unknown as readonly [number, number];
      return (value, path) =>
        Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most ? undefined : path;
    }
    case 'oneOf':
      if (!Array.isArray(of)) break;
      return (value, path) => (of.includes(value) ? undefined : path);
    case 'list': {
      const check = checkOf(of, depth + 1);
      return (value, path) => (Array.isArray(value) ? firstOf(value, check, path) : path);
    }
    case 'optional': {
      const check = checkOf(of, depth + 1);
      return (value, path) => (value === undefined ? undefined : check(value, path));
    }
    case 'record': {
      const check = recordOf(of, depth + 1);
      return (value, path) => (isObject(value) ? check(value, path) : path);
    }
  }
  throw malformed('has a shape of a kind that this version does not know');
}

function firstOf(values: readonly unknown[], check: Check, path: string): string | undefined {
  for (let index = 0; index < values.length; index++) {
    const found = check(values[index], path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every member declared, no other allowed. The path has declared names only: whatever else stands there is not told. */
function recordOf(fields: unknown, depth: number): (values: Facts, path: string) => string | undefined {
  if (!isObject(fields)) throw malformed('has a record without fields');
  const checks = Object.entries(fields).map(([name, shape]) => [name, checkOf(shape, depth)] as const);
  return (values, path) => {
    let known = 0;
    for (const [name, check] of checks) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value !== undefined) known += 1;
      const found = check(value, path === '' ? name : `${path}/${name}`);
      if (found !== undefined) return found;
    }
    return Object.keys(values).length === known ? undefined : path === '' ? '(undeclared)' : `${path}/(undeclared)`;
  };
}

function isTexts(value: unknown): boolean {
  return [value].flat().every((one) => typeof one === 'string');
}

function isObject(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(why: string): ContentError {
  return new ContentError('vocabulary-malformed', `the vocabulary ${why}`);
}

import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  registerDecorator,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

interface Common {
  /** The field may be left out. */
  readonly optional?: boolean;
  readonly description?: string;
  readonly example?: unknown;
}

/** One decorator says what a field of a request must be: for the validator and for OpenAPI at once. */
function field(common: Common, api: ApiPropertyOptions, ...rules: PropertyDecorator[]): PropertyDecorator {
  const described = {
    ...api,
    required: !common.optional,
    ...(common.description === undefined ? {} : { description: common.description }),
    ...(common.example === undefined ? {} : { example: common.example }),
  } as ApiPropertyOptions;
  return applyDecorators(ApiProperty(described), ...(common.optional ? [MayBeAbsent()] : []), ...rules);
}

/** The field may be left out. Null says nothing that leaving it out does not, and is refused like any other wrong type. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** A text of 1 to `max` characters. */
export function Text(options: Common & { max?: number; min?: number } = {}): PropertyDecorator {
  const { max = 500, min = 1 } = options;
  return field(options, { type: String, minLength: min, maxLength: max }, IsString(), MinLength(min), MaxLength(max));
}

function Pattern(options: Common, format: string, pattern: RegExp, message: string): PropertyDecorator {
  return field(options, { type: String, format, pattern: pattern.source }, IsString(), Matches(pattern, { message }));
}

/** An id of ours. */
export const Id = (options: Common = {}): PropertyDecorator =>
  Pattern(options, 'ardoise-id', /^[0-9a-f]{32}$/, 'must be an id: 32 lower-case hexadecimal digits');

/** A stable key that the client chooses for a part of its own thing (a module, an assessment). */
export const Key = (options: Common = {}): PropertyDecorator =>
  Pattern(
    options,
    'ardoise-key',
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'must be 1 to 64 of a-z, 0-9, dot, hyphen, underscore',
  );

/** A calendar day that exists. */
export function Day(options: Common = {}): PropertyDecorator {
  return field(
    options,
    { type: String, format: 'date' },
    Satisfies(isDay, 'must be a day that exists, YYYY-MM-DD, from 1900 to 2199'),
  );
}

/** An instant: RFC 3339 with an offset, at a date that exists. */
export function Instant(options: Common = {}): PropertyDecorator {
  const message = 'must be an instant of RFC 3339, such as 2026-03-01T09:30:00Z';
  return field(options, { type: String, format: 'date-time' }, Satisfies(isInstant, message));
}

export function Int(options: Common & { min?: number; max?: number } = {}): PropertyDecorator {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  return field(options, { type: 'integer', minimum: min, maximum: max }, IsInt(), Min(min), Max(max));
}

export function Num(options: Common & { min?: number; max?: number } = {}): PropertyDecorator {
  const { min = 0, max = 1e9 } = options;
  return field(options, { type: Number, minimum: min, maximum: max }, IsNumber(), Min(min), Max(max));
}

export const Flag = (options: Common = {}): PropertyDecorator => field(options, { type: Boolean }, IsBoolean());

export function OneOf(values: readonly string[], options: Common = {}): PropertyDecorator {
  return field(options, { type: String, enum: [...values] }, IsIn([...values]));
}

/** An ISO 4217 code that is in use. */
export function Currency(options: Common = {}): PropertyDecorator {
  const message = 'must be a currency code of ISO 4217, such as EUR';
  return field(options, { type: String, format: 'iso-4217' }, Satisfies(isCurrency, message));
}

// In what describes the API, the function must bear the name `type`: by that NestJS tells a lazy type from a class.
export function Nested(of: () => new () => object, options: Common = {}): PropertyDecorator {
  return field(options, { type: () => of() }, IsObject(), ValidateNested(), Type(of));
}

export function ListOf(of: () => new () => object, options: Common & { max?: number } = {}): PropertyDecorator {
  const { max = 200 } = options;
  const api = { type: () => of(), isArray: true, maxItems: max } as ApiPropertyOptions;
  const rules = [IsArray(), ArrayMaxSize(max), IsObject({ each: true }), ValidateNested({ each: true })];
  return field(options, api, ...rules, Type(of));
}

export function Texts(
  options: Common & { max?: number; of?: readonly string[]; length?: number } = {},
): PropertyDecorator {
  const { max = 50, of, length = 200 } = options;
  const items = of ? { type: 'string', enum: [...of] } : { type: 'string', maxLength: length };
  const rules = of ? [IsIn([...of], { each: true })] : [IsString({ each: true }), MaxLength(length, { each: true })];
  return field(options, { type: 'array', items, maxItems: max }, IsArray(), ArrayMaxSize(max), ...rules);
}

/** Ids of ours. */
export function Ids(options: Common & { max?: number } = {}): PropertyDecorator {
  const { max = 50 } = options;
  const api = { type: 'array', items: { type: 'string', format: 'ardoise-id' }, maxItems: max } as ApiPropertyOptions;
  return field(options, api, IsArray(), ArrayMaxSize(max), Matches(/^[0-9a-f]{32}$/, { each: true }));
}

/** A rule of our own, with a message that says what would be right. */
export function Satisfies(test: (value: unknown) => boolean, message: string): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'satisfies',
      target: target.constructor,
      propertyName: property as string,
      options: { message },
      validator: { validate: test },
    });
}

const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/;
/** Facts and what is counted from them stay within years of four digits, which is all that a stored day can hold. */
const earliestYear = '1900';
const latestYear = '2199';

export function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !dayPattern.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value) && isInYears(value);
}

function isInYears(text: string): boolean {
  const year = text.slice(0, 4);
  return year >= earliestYear && year <= latestYear;
}

const instantPattern =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

export function isInstant(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const match = instantPattern.exec(value);
  return match !== null && isDay(match[1]) && isInYears(new Date(value).toISOString());
}

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

export function isCurrency(value: unknown): boolean {
  return typeof value === 'string' && currencies.has(value);
}

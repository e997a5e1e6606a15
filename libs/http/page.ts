import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Matches, Max, Min } from 'class-validator';
import { MayBeAbsent } from './fields';
import { ProblemError } from './problem';

/** A page of a list: how many, and where it goes on. */
export class PageQuery {
  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 500, default: 50 })
  @MayBeAbsent()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value,
  )
  @IsInt({ message: 'must be a whole number from 1 to 500' })
  @Min(1)
  @Max(500)
  limit?: number;

  @ApiProperty({ required: false, description: 'The `next` of the page before.' })
  @MayBeAbsent()
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,400}$/, { message: 'must be the `next` of an earlier page' })
  after?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Given back as `after` for the page that follows; absent on the last. */
  readonly next?: string;
}

export const defaultLimit = 50;

/** What one part of a cursor must be. */
export type CursorPart = (part: string) => boolean;

/** Reads a cursor: the sort key of the last item before the page, part by part. @throws ProblemError */
export function cursorOf(after: string | undefined, ...shape: readonly CursorPart[]): readonly string[] | undefined {
  if (after === undefined) return undefined;
  try {
    const parts: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'));
    if (isKey(parts, shape)) return parts;
  } catch {
    // falls through to the refusal
  }
  throw new ProblemError(400, 'cursor-malformed', 'after must be the `next` of an earlier page', [
    { at: 'after', detail: 'must be the `next` of an earlier page' },
  ]);
}

function isKey(parts: unknown, shape: readonly CursorPart[]): parts is readonly string[] {
  if (!Array.isArray(parts) || parts.length !== shape.length) return false;
  return shape.every((fits, index) => typeof parts[index] === 'string' && fits(parts[index]));
}

/** Makes a page of rows that were asked for with one more than the limit. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  show: (row: R) => T,
  key: (row: R) => readonly string[],
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: items.map(show),
    ...(more ? { next: Buffer.from(JSON.stringify(key(last))).toString('base64url') } : {}),
  };
}

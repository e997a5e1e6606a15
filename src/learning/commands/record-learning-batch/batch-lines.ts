import {
  Id,
  occurredAtOf,
  OneOf,
  parseJson,
  ProblemError,
  readLine,
  refusedLine,
  Satisfies,
  type BatchLine,
  type LineOutcome,
} from '@ardoise/http';
import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import type { Deed } from '../../domain/commands';
import {
  GradeBody,
  gradeOf,
  ModuleActBody,
  moduleActOf,
  ResumePointBody,
  resumePointOf,
  SubmissionBody,
  TimeBody,
  timeOf,
} from '../deed-bodies';
import type { DeedLine } from './record-learning-batch.command';

export const progressKinds = [
  'module-opening',
  'module-start',
  'module-completion',
  'time-record',
  'resume-point',
] as const;
export const resultKinds = ['submission', 'grade'] as const;
export type LineKind = (typeof progressKinds)[number] | (typeof resultKinds)[number];

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

class Line {
  @ApiProperty({ format: 'uuid', description: 'The same key means the same line.' })
  @Satisfies((value) => typeof value === 'string' && uuid.test(value), 'must be a UUID')
  idempotencyKey: string;

  @Id()
  enrolment: string;

  @OneOf([...progressKinds, ...resultKinds])
  kind: LineKind;
}

class ModuleActLine extends IntersectionType(Line, ModuleActBody) {}
class TimeLine extends IntersectionType(Line, TimeBody) {}
class ResumePointLine extends IntersectionType(Line, ResumePointBody) {}
class SubmissionLine extends IntersectionType(Line, SubmissionBody) {}
class GradeLine extends IntersectionType(Line, GradeBody) {}

type Reader = (
  line: BatchLine,
) => Promise<{ body: Line & { source?: string; occurredAt?: string }; deed: DeedLine['deed'] }>;

function reader<T extends Line>(type: new () => T, deed: (body: T, newAttempt: string) => Deed): Reader {
  return async (line) => {
    const body = await readLine(type, line);
    return { body, deed: (newAttempt) => deed(body, newAttempt) };
  };
}

const readers: { readonly [K in LineKind]: Reader } = {
  'module-opening': reader(ModuleActLine, (body) => moduleActOf('opened', body)),
  'module-start': reader(ModuleActLine, (body) => moduleActOf('started', body)),
  'module-completion': reader(ModuleActLine, (body) => moduleActOf('completed', body)),
  'time-record': reader(TimeLine, timeOf),
  'resume-point': reader(ResumePointLine, resumePointOf),
  submission: reader(SubmissionLine, ({ assessment }, attempt) => ({ type: 'submit-attempt', assessment, attempt })),
  grade: reader(GradeLine, (body, newAttempt) => ({ ...gradeOf(body), newAttempt })),
};

/** Reads a line as what its kind asks for. @throws ProblemError that names the place in the line */
async function readDeed(line: BatchLine, kinds: readonly LineKind[], now: Date): Promise<DeedLine> {
  const kind = kindOf(line, kinds);
  const { body, deed } = await readers[kind](line);
  const { idempotencyKey, enrolment, source, occurredAt } = body;
  return {
    line: line.line,
    idempotencyKey: idempotencyKey.toLowerCase(),
    enrolment,
    given: { ...body },
    deed,
    ...(source === undefined ? {} : { source }),
    ...(occurredAt === undefined ? {} : { occurredAt: occurredAtOf(occurredAt, now) }),
  };
}

/** Reads the lines of a batch; those that cannot be read have their outcome already. */
export async function readDeeds(
  lines: readonly BatchLine[],
  kinds: readonly LineKind[],
  now: Date,
): Promise<{ readonly deeds: DeedLine[]; readonly refused: LineOutcome[] }> {
  const deeds: DeedLine[] = [];
  const refused: LineOutcome[] = [];
  for (const line of lines) {
    try {
      deeds.push(await readDeed(line, kinds, now));
    } catch (error) {
      refused.push(refusedLine(line.line, error));
    }
  }
  return { deeds, refused };
}

function kindOf({ text }: BatchLine, kinds: readonly LineKind[]): LineKind {
  const plain = parseJson(text);
  const kind = typeof plain === 'object' && plain !== null && 'kind' in plain ? plain.kind : undefined;
  const known = kinds.find((name) => name === kind);
  if (known) return known;
  const detail = `must be one of ${kinds.join(', ')}`;
  throw new ProblemError(422, 'request-not-valid', `/kind: ${detail}`, [{ at: '/kind', detail }]);
}

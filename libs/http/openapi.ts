import { applyDecorators, Header, type Type } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiProperty,
} from '@nestjs/swagger';

class ProblemPlace {
  @ApiProperty({ description: 'JSON pointer into the body, or the name of a header or parameter.' })
  at: string;

  @ApiProperty({ description: 'What would be right.' })
  detail: string;
}

/** RFC 9457. */
export class ProblemBody {
  @ApiProperty({ example: 'urn:ardoise:problem:request-not-valid' })
  type: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ type: 'integer' })
  status: number;

  @ApiProperty({ description: 'Stable, kebab-case.' })
  code: string;

  @ApiProperty()
  detail: string;

  @ApiProperty({ type: [ProblemPlace], required: false })
  errors?: ProblemPlace[];
}

const problem = (status: number, description: string): MethodDecorator & ClassDecorator =>
  ApiResponse({
    status,
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemBody' } } },
  });

/** Documents a command's route: its headers, its answer and its problems. */
export function ApiCommand(options: { summary: string; creates?: Type; answers?: Type }): MethodDecorator {
  const answer = options.creates
    ? ApiCreatedResponse({ type: options.creates, description: 'Recorded and durable.' })
    : ApiOkResponse({ ...(options.answers ? { type: options.answers } : {}), description: 'Recorded and durable.' });
  return applyDecorators(
    ApiOperation({ summary: options.summary }),
    ApiExtraModels(ProblemBody),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'A UUID; the same key means the same command.',
    }),
    ApiHeader({ name: 'If-Match', required: false, description: 'The ETag that the thing must have.' }),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: '"wait=N": answer when the read models show it, or after N seconds.',
    }),
    answer,
    problem(400, 'The request cannot be read.'),
    problem(404, 'The organisation or the thing is not there.'),
    problem(409, 'It contradicts what is recorded.'),
    problem(410, 'It has been erased.'),
    problem(412, 'The version is not the one asked for.'),
    problem(422, 'A field is wrong, or the idempotency key stands for another request.'),
    problem(503, 'The database cannot be reached; repeat the request.'),
  );
}

/** Documents a reading route. */
export function ApiQueryRoute(options: { summary: string; answers?: Type; list?: boolean }): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: options.summary }),
    ApiExtraModels(ProblemBody),
    ApiOkResponse(options.answers ? { type: options.answers, isArray: options.list ?? false } : {}),
    Header('cache-control', 'no-store'),
    problem(404, 'It is not there.'),
    problem(410, 'It has been erased.'),
    problem(503, 'The database cannot be reached.'),
  );
}

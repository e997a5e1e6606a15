import type { ProblemAt } from './problem';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { refuseCardNumbers } from './card-numbers';
import { parseJson } from './json-body';
import { ProblemError, toProblem, type Problem } from './problem';
import { problemOf } from './problem.filter';
import { notValid, placesOf } from './validation';

/** A line of a batch, and where it stood (from 1). */
export interface BatchLine {
  readonly line: number;
  readonly text: string;
}

/** What became of one line of a batch. */
export type LineOutcome =
  | { readonly line: number; readonly status: number; readonly [member: string]: unknown }
  | { readonly line: number; readonly status: number; readonly problem: Problem };

const longestLine = 65_536;
const mostLines = 10_000;

/** The lines of an NDJSON body, blank ones left out. @throws ProblemError 413 beyond 10,000 lines */
export function linesOf(body: string): BatchLine[] {
  const lines = body
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.trim() }))
    .filter(({ text }) => text !== '');
  if (lines.length > mostLines) {
    throw new ProblemError(413, 'batch-too-long', `a batch has at most ${mostLines} lines`);
  }
  return lines;
}

/** Reads and validates one line as the DTO. @throws ProblemError that names the place in the line */
export async function readLine<T extends object>(type: new () => T, line: BatchLine): Promise<T> {
  if (line.text.length > longestLine) throw new ProblemError(413, 'line-too-long', 'the line is too long');
  const plain = parseJson(line.text);
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new ProblemError(422, 'request-not-valid', 'the line must be a JSON object');
  }
  refuseCardNumbers(plain);
  const row = plainToInstance(type, plain);
  const errors = await validate(row, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  const places: ProblemAt[] = placesOf(errors);
  if (places.length > 0) throw notValid(places);
  return row;
}

/** The outcome of a line that was refused. */
export function refusedLine(line: number, error: unknown): LineOutcome {
  const problem = problemOf(error);
  return {
    line,
    status: problem.status,
    problem: toProblem(problem.status, problem.code, problem.detail, problem.errors),
  };
}

import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { Refusal, type RefusalKind } from '@ardoise/decider';
import {
  EventStoreRefusedError,
  EventStoreUnavailableError,
  LogMovedError,
  LogTamperedError,
} from '@ardoise/event-store';
import { FormatError } from '@ardoise/format';
import { isUnavailable } from '@ardoise/postgres';
import { isUnreadable, UnknownEventError, UpgradeUnderWayError } from '@ardoise/sealing';
import { VaultError, type VaultErrorCode } from '@ardoise/vault';
import type { FastifyReply } from 'fastify';
import { ProblemError, toProblem, type Problem } from './problem';

const refusalStatus: { readonly [K in RefusalKind]: number } = {
  invalid: 422,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  stale: 412,
  reused: 422,
};

const vaultStatus: { readonly [C in VaultErrorCode]: number } = {
  'organisation-unknown': 404,
  'organisation-ended': 410,
  'organisation-quarantined': 503,
  'person-unknown': 404,
  'person-erased': 409,
  'person-not-fenced': 409,
  'alias-cycle': 409,
  'unit-ended': 409,
  'key-returned': 500,
  'key-gone': 500,
  'key-tampered': 500,
  'key-encryption-failed': 503,
  'vault-unavailable': 503,
};

/** The one place where errors become answers. What it does not know is a 500 that tells nothing. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return toProblem(error.status, error.code, error.message, error.errors);
  if (error instanceof Refusal) {
    const errors = error.at === undefined ? undefined : [{ at: error.at, detail: error.message }];
    return toProblem(refusalStatus[error.kind], error.code, error.message, errors);
  }
  if (error instanceof LogMovedError) {
    const detail =
      'the log is being moved to another engine, or was; nothing was recorded, the request can be repeated as it is';
    return toProblem(503, error.code, detail);
  }
  if (error instanceof EventStoreUnavailableError || isUnavailable(error) || isVaultAway(error)) {
    return toProblem(503, 'unavailable', 'the database cannot be reached; the request can be repeated as it is');
  }
  if (error instanceof EventStoreRefusedError) {
    return toProblem(503, error.code, 'the event store refuses this server; nothing was recorded');
  }
  if (error instanceof LogTamperedError) return toProblem(500, error.code, error.message);
  if (error instanceof VaultError) {
    // One code for one thing: the directory of persons says the same of somebody it does not know.
    if (error.code === 'person-unknown') return toProblem(404, 'person-not-found', 'there is no such person');
    return toProblem(vaultStatus[error.code], error.code, error.message);
  }
  if (error instanceof FormatError && (error.code === 'header-too-large' || error.code === 'sections-too-large')) {
    return toProblem(422, error.code, error.message);
  }
  // Both end with an upgrade: of this server, or of the others.
  if (error instanceof UnknownEventError || error instanceof UpgradeUnderWayError) {
    return toProblem(503, error.code, error.message);
  }
  if (isUnreadable(error)) return toProblem(500, error.code, error.message);
  if (error instanceof HttpException) return problemOfHttp(error);
  return problemOfPlatform(error);
}

function isVaultAway(error: unknown): boolean {
  return error instanceof VaultError && error.code === 'vault-unavailable';
}

/** What the HTTP platform itself refuses, by status; its own codes do not reach us. */
const platformProblems: { readonly [status: number]: readonly [string, string] } = {
  400: ['request-malformed', 'the request cannot be read'],
  404: ['route-not-found', 'there is no such route'],
  414: ['address-too-long', 'the address has a part that is too long'],
  413: ['body-too-large', 'the body is larger than this route allows'],
  415: ['media-type-unsupported', 'the body must be application/json, or application/x-ndjson for a batch'],
};

function problemOfHttp(error: HttpException): Problem {
  return problemOfStatus(error.getStatus());
}

function problemOfPlatform(error: unknown): Problem {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return problemOfStatus(statusCode);
  return toProblem(500, 'internal', 'something went wrong on our side; nothing was acknowledged');
}

function problemOfStatus(status: number): Problem {
  const [code, detail] = platformProblems[status] ?? [`http-${status}`, 'the request cannot be answered'];
  return toProblem(status, code, detail);
}

export function answerProblem(reply: FastifyReply, problem: Problem): void {
  void reply.status(problem.status).header('content-type', 'application/problem+json').send(problem);
}

export interface ProblemLog {
  error(fields: object, message: string): void;
}

/** Answers every error as application/problem+json. Of an unexpected one only its class and place in code are logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: ProblemLog) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const problem = problemOf(error);
    if (problem.status >= 500) {
      this.log.error({ code: problem.code, ...whereOf(error) }, 'a request failed');
    }
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    answerProblem(reply, problem);
  }
}

/** Class and stack frames without the message, which could quote a value. */
function whereOf(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, at: frames.slice(0, 8).map((line) => line.trim()) };
}

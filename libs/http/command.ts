import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { CommandContext } from '@ardoise/decider';
import { isOrganisation, type Json } from '@ardoise/format';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { Instant, isInstant, OneOf } from './fields';
import { ProblemError } from './problem';

/** Where a fact may come from (PAR-03: every personal fact records its source). */
export const sources = ['lms', 'person', 'staff', 'import', 'partner', 'provider', 'system'] as const;
export type Source = (typeof sources)[number];

/** What every command's body may say besides its own fields. */
export class CommandBody {
  @Instant({ optional: true, description: 'When it happened, if that is not now.' })
  occurredAt?: string;

  @OneOf(sources, { optional: true, description: 'Where the fact comes from; "staff" where nothing is said.' })
  source?: Source;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
/** A fact may be dated this much ahead of our clock, for clocks that differ. */
const aheadMilliseconds = 5 * 60_000;

/** What a command's request says of itself, besides its own fields. */
export function commandContext(request: FastifyRequest, now: Date): CommandContext {
  const { organisation } = request.params as { organisation?: string };
  const body = (request.body ?? {}) as { occurredAt?: unknown; source?: unknown };
  const expectedVersion = expectedVersionOf(request.headers['if-match']);
  return {
    organisation: organisationOf(organisation),
    commandId: commandIdOf(request.headers['idempotency-key']),
    service: 'api',
    source: typeof body.source === 'string' ? body.source : 'staff',
    request: { to: request.url.split('?')[0] as string, body: body as Json },
    ...(body.occurredAt === undefined ? {} : { occurredAt: occurredAtOf(body.occurredAt, now) }),
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
  };
}

/** Checks an organisation's slug as it stands in a path. */
export function organisationOf(slug: string | undefined): string {
  if (slug === undefined || !isOrganisation(slug)) {
    throw new ProblemError(404, 'organisation-not-found', 'there is no such organisation');
  }
  return slug;
}

/** A client's instant as the log writes it: UTC, milliseconds. @throws ProblemError when it is no instant, or lies ahead. */
export function occurredAtOf(value: unknown, now: Date): string {
  if (!isInstant(value)) {
    throw new ProblemError(422, 'request-not-valid', '/occurredAt: must be an instant of RFC 3339', [
      { at: '/occurredAt', detail: 'must be an instant of RFC 3339' },
    ]);
  }
  const instant = new Date(value as string);
  if (instant.getTime() > now.getTime() + aheadMilliseconds) {
    throw new ProblemError(422, 'occurred-in-the-future', '/occurredAt: lies in the future', [
      { at: '/occurredAt', detail: 'must not lie in the future' },
    ]);
  }
  return instant.toISOString();
}

/** The command id of an `Idempotency-Key`; a new one where the client gave none. */
export function commandIdOf(header: string | string[] | undefined): string {
  if (header === undefined) return randomUUID();
  if (typeof header !== 'string' || !uuidPattern.test(header)) {
    throw new ProblemError(400, 'idempotency-key-malformed', 'Idempotency-Key must be one UUID', [
      { at: 'Idempotency-Key', detail: 'must be one UUID' },
    ]);
  }
  return header.toLowerCase();
}

function expectedVersionOf(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined;
  const match = /^"(\d{1,15})"$/.exec(header);
  if (!match) {
    throw new ProblemError(400, 'if-match-malformed', 'If-Match must be the ETag of an earlier answer, such as "3"', [
      { at: 'If-Match', detail: 'must be an ETag such as "3"' },
    ]);
  }
  return Number(match[1]);
}

/** Injects the request's `CommandContext`. The clock is the request's own, set by `configureApp`. */
export const Context = createParamDecorator((_: unknown, host: ExecutionContext): CommandContext => {
  const request = host.switchToHttp().getRequest<FastifyRequest & { receivedAt: Date }>();
  return commandContext(request, request.receivedAt);
});

/** The part of an outcome that an answer shows. */
export interface Recorded {
  readonly version: number;
  readonly repeated: boolean;
}

/** Marks an answer with its version and whether it repeats an earlier one. */
export function tag(reply: FastifyReply, outcome: Recorded): void {
  void reply.header('etag', `"${outcome.version}"`);
  if (outcome.repeated) void reply.header('idempotency-replayed', 'true');
}

interface Thing extends Recorded {
  readonly id: string;
  readonly events: readonly string[];
}

/** The body of an answer to a command: the thing, without what stands in headers. */
export interface ThingBody {
  id: string;
  version: number;
  events: readonly string[];
}

/** Answers a command that changed a thing. */
export function recorded(reply: FastifyReply, thing: Thing): ThingBody {
  tag(reply, thing);
  void reply.status(200);
  return { id: thing.id, version: thing.version, events: thing.events };
}

/** Answers a command that created a thing: 201, with its place. */
export function created(reply: FastifyReply, thing: Thing): ThingBody {
  const body = recorded(reply, thing);
  const path = (reply.request.url.split('?')[0] as string).replace(/\/$/, '');
  void reply.status(201).header('location', `${path}/${thing.id}`);
  return body;
}

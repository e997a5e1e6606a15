import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { ProblemError } from './problem';

interface StreamedConfig {
  readonly streamed?: readonly string[];
}

/** Marks a route that takes bodies of these media types, and is handed them as streams, whatever their size. */
export function Streamed(mediaTypes: readonly string[]): MethodDecorator {
  return RouteConfig({ streamed: mediaTypes } satisfies StreamedConfig);
}

/** The media type of a request's body without its parameters, lower case; empty where it says none. */
export function mediaTypeOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** For Fastify, for every media type that no other parser takes: hands the body on where the route asked for that. */
export function parseStreamed(
  request: FastifyRequest,
  payload: unknown,
  done: (error: Error | null, body?: unknown) => void,
): void {
  const { streamed } = request.routeOptions.config as StreamedConfig;
  if (streamed?.includes(mediaTypeOf(request))) done(null, payload);
  else done(unsupported(streamed));
}

function unsupported(streamed: readonly string[] | undefined): ProblemError {
  const takes = streamed?.join(', ') ?? 'application/json, or application/x-ndjson for a batch';
  return new ProblemError(415, 'media-type-unsupported', `the body must be ${takes}`);
}

/**
 * The body of a streamed route. It never gives more than `limit` bytes.
 * @throws ProblemError 413 `body-too-large` at once where the request says its length, else while reading; 400
 * `body-cut-off` while reading when the client goes away; 415, also where there is no body.
 */
export function streamedBody(request: FastifyRequest, limit: number): AsyncIterable<Uint8Array> {
  const { body, headers } = request;
  const { streamed } = request.routeOptions.config as StreamedConfig;
  if (!isStream(body)) throw unsupported(streamed);
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  return limited(body, limit);
}

async function* limited(body: Readable, limit: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    // To stop reading must not end the connection: the client would not see why.
    for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > limit) throw tooLarge(limit);
      yield piece;
    }
  } catch (error) {
    if (error instanceof ProblemError || !body.errored) throw error;
    throw new ProblemError(400, 'body-cut-off', 'the body ended before all of it was there');
  } finally {
    // What nobody reads is let go by, so that a client that sends on comes to read the answer.
    body.resume();
  }
}

function isStream(body: unknown): body is Readable {
  return typeof (body as Partial<Readable> | undefined)?.pipe === 'function';
}

function tooLarge(limit: number): ProblemError {
  return new ProblemError(413, 'body-too-large', `the body is larger than ${limit} bytes, the most that is taken`);
}

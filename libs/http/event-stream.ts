import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';

/** One event of a stream of server-sent events (WHATWG HTML, 9.2). Texts of one line: JSON, or words of ours. */
export interface ServerSentEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

export interface EventStreamOptions {
  /** After this, in milliseconds, a client that took nothing although there was something for it is cut off. */
  readonly stallMilliseconds: number;
  /** How long a client waits before it connects again, in milliseconds. */
  readonly retryMilliseconds: number;
  readonly signal: AbortSignal;
}

export type EndOfStream = 'over' | 'client-gone' | 'client-slow';

/**
 * Answers with server-sent events for as long as there are any. The next are asked for only when the client has taken
 * those before, so that one that is slow costs no memory; one that takes nothing at all is cut off, and comes back with
 * its `Last-Event-ID`.
 */
export async function sendEventStream(
  reply: FastifyReply,
  events: AsyncIterable<readonly ServerSentEvent[]>,
  { stallMilliseconds, retryMilliseconds, signal }: EventStreamOptions,
): Promise<EndOfStream> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // Proxies that gather what they pass on must not.
    'x-accel-buffering': 'no',
  });
  try {
    let end: EndOfStream = await taken(raw, `retry: ${retryMilliseconds}\n\n`, stallMilliseconds);
    if (end === 'over') {
      for await (const some of events) {
        end = await taken(raw, some.map(textOf).join(''), stallMilliseconds);
        if (end !== 'over' || signal.aborted) break;
      }
    }
    if (end === 'over') raw.end();
    return end;
  } finally {
    // Also where the events failed: the answer has begun, and an end in the middle is all that can be told.
    if (!raw.writableEnded) raw.destroy();
  }
}

/** The event as it goes over the wire; one that says nothing but its id only moves the client's place. */
export function textOf({ id, event, data }: ServerSentEvent): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(data === undefined ? [] : [`data: ${data}`]),
  ];
  return lines.length === 0 ? ':\n\n' : lines.join('\n') + '\n\n';
}

/** Writes, and waits until there is room for more. */
function taken(raw: ServerResponse, text: string, stallMilliseconds: number): Promise<EndOfStream> {
  if (raw.destroyed || raw.closed) return Promise.resolve('client-gone');
  if (raw.write(text)) return Promise.resolve('over');
  return new Promise((resolve) => {
    const finish = (end: EndOfStream) => () => {
      clearTimeout(timer);
      raw.off('drain', onDrain).off('close', onClose);
      resolve(end);
    };
    const [onDrain, onClose, onStall] = [finish('over'), finish('client-gone'), finish('client-slow')];
    const timer = setTimeout(onStall, stallMilliseconds);
    raw.once('drain', onDrain).once('close', onClose);
  });
}

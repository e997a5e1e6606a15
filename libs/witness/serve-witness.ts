import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Witness, WitnessAnswer } from './witness';

export interface ServedWitness {
  /** Base address: submission and monitoring prefix are the same. */
  readonly url: string;
  /** Answers what is under way, and ends. */
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly witness: Witness;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Hears of a request that could not be answered for a reason of ours. */
  readonly onFailure?: (error: unknown) => void;
}

/** A proof of 63 hashes, and a checkpoint with sixteen of the longest signatures that there are. */
const bodyLimit = 131_072;
const monitored = /^\/([0-9a-f]{64})\/checkpoint$/;

/**
 * A witness over HTTP. Whoever sends slowly, much, or something else is turned away before it costs anything; nobody's
 * address is kept.
 */
export async function serveWitness({ witness, host, port, onFailure }: ServeOptions): Promise<ServedWitness> {
  const server = createServer(
    {
      maxHeaderSize: 8_192,
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      void answer(witness, request, response).catch((error: unknown) => {
        // Who goes away in the middle of a request waits for no answer.
        if (request.errored || response.destroyed) return;
        onFailure?.(error);
        send(response, plain(500, 'the witness cannot answer now'), true);
      });
    },
  );
  server.maxConnections = 512;
  server.maxRequestsPerSocket = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close: () => closed(server) };
}

async function answer(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const [, hash] = monitored.exec(path) ?? [];
  if (hash !== undefined) {
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    return send(response, isReading ? await witness.checkpoint(hash) : notAllowed, !isReading);
  }
  if (path !== '/add-checkpoint') return send(response, plain(404, 'no such place'), true);
  if (request.method !== 'POST') return send(response, notAllowed, true);
  const body = await bodyOf(request);
  if (!body) return send(response, plain(413, `a request has at most ${bodyLimit} bytes`), true);
  send(response, await witness.addCheckpoint(body));
}

/** Undefined where it is too long: the rest is not read. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) return undefined;
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > bodyLimit) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function send(response: ServerResponse, { status, contentType, body }: WitnessAnswer, ends = false): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': body.length,
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD, POST' } : {}),
    // What of the request was not read is not taken for the next one.
    ...(ends ? { connection: 'close' } : {}),
  });
  response.end(body);
}

const plain = (status: number, text: string): WitnessAnswer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: Buffer.from(`${text}\n`),
});

const notAllowed = plain(405, 'not allowed');

/** Whoever is still at it after a second is cut off: whatever was cosigned for them is on disk. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => server.closeAllConnections(), 1_000);
    server.close((error) => {
      clearTimeout(late);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}

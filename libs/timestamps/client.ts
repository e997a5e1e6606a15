import { randomBytes } from 'node:crypto';
import { TimestampError } from './errors';
import { encodeRequest } from './request';
import { responseLimit } from './response';
import { checkAnswer } from './verification';

export interface TimestampRequest {
  /** Address of an authority that speaks RFC 3161 over HTTP (its section 3.4). */
  readonly url: string;
  /** SHA-256, 32 bytes. */
  readonly digest: Buffer;
  readonly fetch?: typeof fetch;
  readonly timeoutMilliseconds?: number;
  /** Ends the request early. */
  readonly signal?: AbortSignal;
}

const longest = 10_000;

/**
 * Asks an authority for a timestamp. The answer was granted, is about this digest and this request, and is signed by the
 * certificate that it names; whether that one is to be trusted, `verifyTimestamp` says.
 * @returns the TimeStampResp in DER
 * @throws TimestampError
 */
export async function requestTimestamp(request: TimestampRequest): Promise<Buffer> {
  const { digest } = request;
  // The first bit is none: a number that begins with one would need a byte more.
  const nonce = randomBytes(8);
  nonce.writeUInt8((nonce.readUInt8(0) & 0x3f) | 0x40, 0);
  const token = await post(request, encodeRequest(digest, nonce));
  checkAnswer(token, digest, nonce);
  return token;
}

async function post(request: TimestampRequest, body: Buffer): Promise<Buffer> {
  const { url, fetch: ask = fetch, timeoutMilliseconds = longest, signal } = request;
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  try {
    const response = await ask(url, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
      body: new Uint8Array(body),
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    if (response.status !== 200) throw unreachable(`the authority answered ${response.status}`);
    return await bodyOf(response);
  } catch (error) {
    if (error instanceof TimestampError) throw error;
    if (timeout.aborted) throw unreachable(`no answer within ${timeoutMilliseconds} milliseconds`);
    throw unreachable('the authority cannot be reached');
  }
}

async function bodyOf(response: Response): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > responseLimit) throw unreachable(`the answer has more than ${responseLimit} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function unreachable(why: string): TimestampError {
  return new TimestampError('timestamp-unreachable', `there is no timestamp: ${why}`);
}

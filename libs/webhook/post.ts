import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './addresses';

export interface PostOptions {
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** Whole time of a request, in milliseconds, from the look-up of the name to the answer's status. */
  readonly timeoutMilliseconds: number;
  /** Also http, and addresses that are not public: for development. */
  readonly anywhere?: boolean;
  readonly signal?: AbortSignal;
  /** What is asked for addresses; the system where nothing is said. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

export type PostFailureCode =
  | 'receiver-not-https'
  | 'receiver-private'
  | 'receiver-unknown'
  | 'receiver-unreachable'
  | 'receiver-certificate'
  | 'receiver-slow'
  | 'receiver-garbled';

/** A receiver answered, or why there is no answer. Nothing of what it said but its status. */
export type Posted =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'failed'; readonly code: PostFailureCode };

/** Most bytes of an answer's headers. */
const mostHeaderBytes = 16_384;

/** Most bytes of an answer's body that are let go by. */
const mostBodyBytes = 65_536;

class NotPublicError extends Error {
  readonly code = 'ARDOISE_NOT_PUBLIC';
}

/**
 * Posts to an address that somebody else chose. Where the name leads is looked at when the connection is made, and the
 * address that was looked at is the one connected to: a name that leads elsewhere a moment later (DNS rebinding) leads
 * nowhere. Nothing is followed, no connection is kept, and of the answer only the status is read.
 */
export async function post(url: URL, options: PostOptions): Promise<Posted> {
  const { anywhere = false, timeoutMilliseconds, signal } = options;
  if (url.protocol !== 'https:' && !(anywhere && url.protocol === 'http:')) return failed('receiver-not-https');
  // For an address, nobody is asked where it leads.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) && !anywhere && !isPublicAddress(literal)) return failed('receiver-private');
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  try {
    return await send(url, options, signal ? AbortSignal.any([timeout, signal]) : timeout);
  } catch (error) {
    if (signal?.aborted) throw error;
    return failed(timeout.aborted ? 'receiver-slow' : codeOf(error));
  }
}

function send(url: URL, { headers, body, anywhere, resolve }: PostOptions, signal: AbortSignal): Promise<Posted> {
  const bytes = Buffer.from(body, 'utf8');
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((answer, refuse) => {
    const asked: ClientRequest = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(bytes.length), connection: 'close' },
      agent: false,
      lookup: checkedLookup(anywhere ?? false, resolve ?? resolveAll),
      maxHeaderSize: mostHeaderBytes,
      signal,
    });
    asked.once('response', (response: IncomingMessage) => {
      const { statusCode: status = 0, headers: said } = response;
      const retryAfter = said['retry-after'];
      answer({ kind: 'answered', status, ...(retryAfter === undefined ? {} : { retryAfter }) });
      // Its words are of no interest. A few are let go by, so that the receiver sees an orderly end; then it is cut off.
      let length = 0;
      response.once('error', () => undefined);
      response.on('data', ({ length: more }: Buffer) => {
        length += more;
        if (length > mostBodyBytes) asked.destroy();
      });
    });
    asked.on('error', refuse);
    asked.end(bytes);
  });
}

/** Connects to no name of which any address is not public: which of them were connected to would be a matter of luck. */
function checkedLookup(anywhere: boolean, resolve: NonNullable<PostOptions['resolve']>): LookupFunction {
  return (hostname, { all, family }, done) => {
    resolve(hostname).then(
      (addresses) => {
        const fitting = addresses.filter((one) => !family || family === one.family);
        const [first] = fitting;
        if (!first) return done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
        if (!anywhere && addresses.some(({ address }) => !isPublicAddress(address))) {
          return done(new NotPublicError('the name leads to an address that is not public'), []);
        }
        if (all) done(null, fitting);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    );
  };
}

function resolveAll(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, refuse) => {
    resolveName(hostname, { all: true }, (error, addresses) => (error ? refuse(error) : resolve(addresses)));
  });
}

function failed(code: PostFailureCode): Posted {
  return { kind: 'failed', code };
}

function codeOf(error: unknown): PostFailureCode {
  const { code = '' } = error as { readonly code?: string };
  if (code === 'ARDOISE_NOT_PUBLIC') return 'receiver-private';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'receiver-unknown';
  if (code.startsWith('HPE_')) return 'receiver-garbled';
  if (/CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(TLS|SSL)|EPROTO/.test(code)) return 'receiver-certificate';
  return 'receiver-unreachable';
}

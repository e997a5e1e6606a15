import { BundleError } from './errors';
import { limits, mustBeOfLayout, mustNotExceed, shown } from './layout';
import type { LedgerFiles } from './ledger-files';

export interface HttpOptions {
  /** Sent with each request, for instance an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long an answer may take to begin, in milliseconds, and how long it may pause. */
  readonly timeoutMilliseconds?: number;
  /** The pauses before a request is repeated, in milliseconds. */
  readonly retryAfter?: readonly number[];
  readonly signal?: AbortSignal;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 3;
/** What may pass by itself: the server is busy, restarting, or somebody between is. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A ledger's files behind an address: `https://…/v1/organisations/<organisation>/ledger/`. */
export class HttpFiles implements LedgerFiles {
  private readonly base: URL;
  private readonly timeout: number;
  private readonly retryAfter: readonly number[];
  private readonly closing = new AbortController();

  constructor(
    base: string,
    private readonly options: HttpOptions = {},
  ) {
    this.base = new URL(base.endsWith('/') ? base : `${base}/`);
    this.timeout = options.timeoutMilliseconds ?? 30_000;
    this.retryAfter = options.retryAfter ?? [250, 1_000, 4_000];
  }

  async read(path: string, limit: number): Promise<Buffer | undefined> {
    const bound = Math.min(limit, limits[mustBeOfLayout(path)]);
    return this.repeatedly(path, async () => {
      const answer = await this.ask(path);
      if (!answer) return undefined;
      const pieces: Buffer[] = [];
      for await (const piece of this.body(path, answer, bound)) pieces.push(piece);
      return Buffer.concat(pieces);
    });
  }

  /** What breaks off within a file is not asked for again: part of it was given out already. */
  async *stream(path: string): AsyncGenerator<Buffer> {
    const bound = limits[mustBeOfLayout(path)];
    const answer = await this.repeatedly(path, () => this.ask(path));
    if (!answer) throw new BundleError('bundle-not-found', `the ledger has no ${shown(path)}`);
    try {
      yield* this.body(path, answer, bound);
    } catch (error) {
      if (!(error instanceof PassingError)) throw error;
      throw new BundleError('bundle-unreachable', `${shown(path)} breaks off: ${error.message}`);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async repeatedly<Result>(path: string, ask: () => Promise<Result>): Promise<Result> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof PassingError)) throw error;
        const wait = this.retryAfter[failures];
        if (wait === undefined) throw new BundleError('bundle-unreachable', `${shown(path)}: ${error.message}`);
        await this.pause(wait);
      }
    }
  }

  private async ask(path: string): Promise<Answer | undefined> {
    let url = new URL(path, this.base);
    for (let hops = 0; hops <= mostRedirects; hops += 1) {
      const answer = await this.request(url);
      const { response } = answer;
      if (response.status === 200) return answer;
      await this.drop(answer);
      if (response.status === 404 || response.status === 410) return undefined;
      if (passing.has(response.status)) throw new PassingError(`the server answers ${response.status}`);
      if (!redirects.has(response.status)) {
        throw new BundleError('bundle-unreachable', `${shown(path)}: the server answers ${response.status}`);
      }
      url = this.redirected(path, url, response);
    }
    throw new BundleError('bundle-redirect-refused', `${shown(path)}: the server redirects without end`);
  }

  private redirected(path: string, from: URL, response: Response): URL {
    const location = response.headers.get('location') ?? '';
    const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (to?.origin !== this.base.origin) {
      throw new BundleError('bundle-redirect-refused', `${shown(path)}: the server leads to another address`);
    }
    return to;
  }

  private async request(url: URL): Promise<Answer> {
    const idle = new IdleTimer(this.timeout);
    const outside = this.options.signal ? [this.options.signal] : [];
    const signal = AbortSignal.any([idle.signal, this.closing.signal, ...outside]);
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        signal,
        headers: { ...this.options.headers, 'accept-encoding': 'identity' },
      });
      return { response, idle };
    } catch (error) {
      idle.end();
      throw this.failure(error);
    }
  }

  /** @throws PassingError when it breaks off; BundleError `bundle-file-too-large` before more than that is kept */
  private async *body(path: string, { response, idle }: Answer, bound: number): AsyncGenerator<Buffer> {
    const told = response.headers.get('content-length');
    try {
      if (told !== null) mustNotExceed(path, Number(told), bound);
      let size = 0;
      for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        idle.touch();
        size += piece.length;
        mustNotExceed(path, size, bound);
        yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      }
    } catch (error) {
      throw this.failure(error);
    } finally {
      await this.drop({ response, idle });
    }
  }

  private async drop({ response, idle }: Answer): Promise<void> {
    idle.end();
    if (response.body && !response.body.locked) await response.body.cancel().catch(() => undefined);
  }

  private failure(error: unknown): Error {
    if (error instanceof BundleError) return error;
    if (this.options.signal?.aborted || this.closing.signal.aborted) {
      return new BundleError('bundle-interrupted', 'reading the ledger was interrupted');
    }
    const cause = (error as { cause?: { code?: unknown } }).cause?.code;
    return new PassingError(typeof cause === 'string' ? cause : 'the server does not answer as it should');
  }

  private async pause(milliseconds: number): Promise<void> {
    const outside = this.options.signal ? [this.options.signal] : [];
    const signal = AbortSignal.any([this.closing.signal, ...outside]);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      const stop = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}

interface Answer {
  readonly response: Response;
  readonly idle: IdleTimer;
}

/** What may be otherwise the next time. */
class PassingError extends Error {}

/** Fires when nothing has come for a while. */
class IdleTimer {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    this.timer = setTimeout(() => this.controller.abort(), milliseconds);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  touch(): void {
    this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

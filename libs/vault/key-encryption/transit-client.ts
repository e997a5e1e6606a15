import { setTimeout as delay } from 'node:timers/promises';
import { failed } from './key-encryption';

export interface TransitClientOptions {
  /** Of the server, without `/v1`. */
  readonly url: string;
  readonly token: string;
  readonly namespace?: string;
  /** Longest wait for one answer; default 5,000. */
  readonly timeoutMilliseconds?: number;
  /** Waits between attempts; default 100 and 400: three attempts. */
  readonly pausesMilliseconds?: readonly number[];
}

/** What came back: the status, the `data` of an answer, the words of a refusal. */
export interface Answer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly string[];
}

// 412: a standby that has not seen the last write yet; 429: too much at once, or a standby; 472, 473: standbys; 5xx: sealed, or in trouble.
const passing = (status: number): boolean => status >= 500 || [412, 429, 472, 473].includes(status);

/** Requests to a server of OpenBao or Vault. What it says of an error is never passed on, for it may quote the request. */
export class TransitClient {
  constructor(private readonly options: TransitClientOptions) {}

  /**
   * The answer, also when it is a refusal (4xx).
   * @throws VaultError `key-encryption-failed` when there is none after all attempts, or the token may not.
   */
  async ask(method: 'GET' | 'POST', path: string, body?: Readonly<Record<string, unknown>>): Promise<Answer> {
    const pauses = this.options.pausesMilliseconds ?? [100, 400];
    for (let attempt = 0; ; attempt++) {
      const answer = await this.once(method, path, body);
      if (typeof answer === 'object' && !passing(answer.status)) {
        if (answer.status === 401 || answer.status === 403) {
          throw failed(`the transit service does not let our token do ${method} ${path} (${answer.status})`);
        }
        return answer;
      }
      const pause = pauses[attempt];
      if (pause === undefined) {
        const why = typeof answer === 'object' ? `answers ${answer.status}` : answer;
        throw failed(`the transit service ${why} to ${method} ${path}, after ${attempt + 1} attempts`);
      }
      await delay(pause);
    }
  }

  private async once(method: string, path: string, body: unknown): Promise<Answer | string> {
    const { url, token, namespace, timeoutMilliseconds = 5_000 } = this.options;
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/v1/${path}`, {
        method,
        headers: {
          'X-Vault-Token': token,
          'X-Vault-Request': 'true',
          ...(namespace === undefined ? {} : { 'X-Vault-Namespace': namespace }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
      return { status: response.status, ...parse(await response.text()) };
    } catch (error) {
      return (error as Error).name === 'TimeoutError' ? 'gives no answer in time' : 'cannot be reached';
    }
  }
}

function parse(text: string): Omit<Answer, 'status'> {
  let answer: { data?: unknown; errors?: unknown };
  try {
    answer = (text === '' ? {} : JSON.parse(text)) as typeof answer;
  } catch {
    // A proxy's page: the status says enough.
    answer = {};
  }
  const { data, errors } = answer ?? {};
  return {
    data: typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {},
    errors: Array.isArray(errors) ? errors.map(String) : [],
  };
}

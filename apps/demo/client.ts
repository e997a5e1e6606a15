import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer of the public API. */
export interface Answer {
  readonly status: number;
  // The demonstration reads the API as any client does: what comes is JSON.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** A client of one organisation's public API; nothing else of the server is used. */
export class Client {
  constructor(
    private readonly url: string,
    readonly organisation: string,
  ) {}

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  /** Sends a command and waits until it is shown; anything but success ends the demonstration. */
  async post(path: string, body: object = {}): Promise<{ id: string }> {
    const { status, body: answer } = await this.ask('POST', path, body);
    if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(answer)}`);
    return answer as { id: string };
  }

  /** Asks again until the answer is as wanted; processes run on their own. */
  async until(path: string, wanted: (answer: Answer) => boolean): Promise<Answer> {
    const end = Date.now() + 60_000;
    for (;;) {
      const answer = await this.get(path);
      if (wanted(answer)) return answer;
      if (Date.now() > end) throw new Error(`GET ${path} did not come to what was expected in a minute`);
      await delay(100);
    }
  }

  private async ask(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.url}/v1/organisations/${this.organisation}${path}`, {
      method,
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        'idempotency-key': randomUUID(),
        prefer: 'wait=20',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }
}

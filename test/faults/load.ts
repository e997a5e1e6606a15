import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A command that was acknowledged, and the events that its answer named. */
export interface Acknowledged extends Answer {
  readonly key: string;
  readonly path: string;
  readonly body: object;
  /** How many times it was sent before it was answered. */
  readonly tries: number;
  /** When it was first sent, and when it was answered, in milliseconds (`performance.now`). */
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface Answer {
  readonly id: string;
  readonly events: readonly string[];
}

/** Clients that send commands without end, repeat with the same key what was not answered, and remember what was. */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  private running = true;
  private readonly clients: Promise<void>[] = [];
  private turn = 0;

  constructor(
    private readonly urls: readonly string[],
    private readonly organisation: string,
  ) {}

  /** Sends one command until it is answered: an unavailable or dying server is asked again, any other refusal is an error. */
  async send(path: string, body: object): Promise<Answer> {
    return this.sendAs(randomUUID(), path, body);
  }

  /** Sends a command under a key until it is answered. */
  async sendAs(key: string, path: string, body: object): Promise<Answer> {
    const sentAt = performance.now();
    for (let tries = 1; ; tries++) {
      const url = this.urls[this.turn++ % this.urls.length] as string;
      const answer = await this.ask(`${url}/v1/organisations/${this.organisation}${path}`, key, body);
      if (answer) {
        const answeredAt = performance.now();
        this.acknowledged.push({ key, path, body, ...answer, tries, sentAt, answeredAt });
        return answer;
      }
      await delay(25);
    }
  }

  /** Lets so many clients record progress of these enrolments, and register people, until `stop`. */
  start(clients: number, enrolments: readonly string[]): void {
    for (let client = 0; client < clients; client++) this.clients.push(this.run(client, enrolments));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.clients);
  }

  private async run(client: number, enrolments: readonly string[]): Promise<void> {
    for (let step = client; this.running; step++) {
      const of = `/enrolments/${enrolments[step % enrolments.length]}`;
      if (step % 5 === 0) await this.send('/persons', person(`${client}-${step}`));
      else await this.send(`${of}/time-records`, { module: 'm1', seconds: 1 + (step % 600) });
    }
  }

  private async ask(url: string, key: string, body: object): Promise<Answer | undefined> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(20_000),
      });
      text = await response.text();
    } catch {
      return undefined;
    }
    if (response.status === 503) return undefined;
    if (!response.ok) throw new Error(`${new URL(url).pathname}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }
}

export function person(name: string): object {
  return {
    kinds: ['learner'],
    profileValues: [
      { name: 'given-name', value: `Given ${name}` },
      { name: 'family-name', value: `Family ${name}` },
      { name: 'email', value: `p${name}@example.org` },
    ],
  };
}

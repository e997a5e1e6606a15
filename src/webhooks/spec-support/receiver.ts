import { isSigned } from '@ardoise/webhook';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it arrived. */
export interface Arrived {
  readonly id: string;
  readonly sentAt: Date;
  readonly signatures: string;
  readonly text: string;
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: MessageData };
}

export interface MessageData {
  readonly event: string;
  readonly stream: string;
  readonly version: number;
  readonly position: string;
  readonly facts: object;
  readonly units?: readonly string[];
  readonly sections?: readonly { readonly category: string; readonly fields: { readonly [name: string]: unknown } }[];
  readonly [name: string]: unknown;
}

type Answer = (response: ServerResponse, arrived: Arrived) => void;

/** A receiver of webhooks on real HTTP, which can be stopped and started again at its address. */
export class Receiver {
  readonly arrived: Arrived[] = [];
  /** What it says to a message; it is happy with all where nothing is said. */
  answer: Answer = (response) => response.writeHead(204).end();
  private server: Server | undefined;
  private port = 0;

  async start(): Promise<this> {
    this.server = createServer((request, response) => this.take(request, response));
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** Whether every message is signed under the secret. */
  allSigned(secret: string): boolean {
    return this.arrived.every(({ id, sentAt, text, signatures }) =>
      isSigned({ id, sentAt, body: text }, secret, signatures),
    );
  }

  /** Messages by their first arrival. */
  first(): Arrived[] {
    const seen = new Set<string>();
    return this.arrived.filter(({ id }) => !seen.has(id) && seen.add(id));
  }

  /** Whether of each stream, messages came in the order of the log. */
  inOrder(): boolean {
    const last = new Map<string, number>();
    return this.first().every(({ body: { data } }) => {
      const isLater = data.version > (last.get(data.stream) ?? -1);
      last.set(data.stream, data.version);
      return isLater;
    });
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { headers } = request;
      const text = Buffer.concat(pieces).toString('utf8');
      const arrived = {
        id: headers['webhook-id'] as string,
        sentAt: new Date(Number(headers['webhook-timestamp']) * 1_000),
        signatures: headers['webhook-signature'] as string,
        text,
        body: JSON.parse(text) as Arrived['body'],
      };
      this.arrived.push(arrived);
      this.answer(response, arrived);
    });
  }
}

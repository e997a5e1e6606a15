import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ArrivedMail {
  readonly to: readonly string[];
  /** All of it, as it came. */
  readonly raw: string;
  readonly messageId: string;
}

/** What the server answers to a recipient or to a message, instead of taking it. */
export interface MailRefusal {
  readonly at: 'recipient' | 'message';
  readonly status: number;
}

/** A real mail server on the loopback interface, which a spec can stop, and have refuse what comes. */
export class MailServer {
  readonly arrived: ArrivedMail[] = [];
  refuses: (() => MailRefusal | undefined) | undefined;
  /** Takes messages, and says that it did not. */
  losesAnswers = false;
  /** Takes the message and then says nothing for a while, milliseconds. */
  slow = 0;
  private server: SMTPServer | undefined;
  private port = 0;

  constructor(private readonly host = '127.0.0.1') {}

  get url(): string {
    return `smtp://${this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    const refusal = (at: MailRefusal['at']): Error | undefined => {
      const refused = this.refuses?.();
      if (refused?.at !== at) return undefined;
      return Object.assign(new Error('not for camille@example.org'), { responseCode: refused.status });
    };
    this.server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      onRcptTo: (_, __, done) => done(refusal('recipient')),
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const refused = refusal('message');
          if (refused) return done(refused);
          const raw = Buffer.concat(parts).toString('utf8');
          const messageId = /^message-id: (.*)$/im.exec(raw)?.[1]?.trim() ?? '';
          this.arrived.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw, messageId });
          if (this.losesAnswers) done(Object.assign(new Error('try again'), { responseCode: 451 }));
          else if (this.slow > 0) setTimeout(() => done(), this.slow).unref();
          else done();
        });
      },
    });
    this.server.on('error', () => undefined);
    await new Promise<void>((resolve) => this.server?.listen(this.port, this.host, resolve));
    this.port = (this.server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

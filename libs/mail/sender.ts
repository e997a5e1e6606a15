import { createTransport, type Transporter } from 'nodemailer';
import { type Letter, messageOf, type Sent } from './letter';

export interface MailSenderOptions {
  /** `smtps://user:password@host:465`, or `smtp://…`. */
  readonly url: string;
  readonly from: string;
  /** Longest time that the server may take for one answer; default 15,000. */
  readonly timeoutMilliseconds?: number;
  /**
   * Longest time that one letter may take in all, however many answers come and however slowly; default 30,000. Whoever
   * holds what it says counts on this to end.
   */
  readonly deadlineMilliseconds?: number;
}

const loopback = ['127.0.0.1', '[::1]', 'localhost'];

/** Brings messages to a mail server (RFC 5321), never in clear beyond this machine. A connection for each. */
export class MailSender {
  private readonly transport: Transporter;
  private readonly from: string;
  private readonly deadlineMilliseconds: number;

  constructor({ url, from, timeoutMilliseconds = 15_000, deadlineMilliseconds = 30_000 }: MailSenderOptions) {
    const { protocol, hostname } = new URL(url);
    this.deadlineMilliseconds = deadlineMilliseconds;
    this.from = from;
    this.transport = createTransport({
      url,
      // Without it a server, or somebody between, decides whether what we say is read on the way.
      requireTLS: protocol === 'smtp:' && !loopback.includes(hostname),
      connectionTimeout: timeoutMilliseconds,
      greetingTimeout: timeoutMilliseconds,
      socketTimeout: timeoutMilliseconds,
      dnsTimeout: timeoutMilliseconds,
      disableFileAccess: true,
      disableUrlAccess: true,
      logger: false,
    });
  }

  async send(letter: Letter): Promise<Sent> {
    const message = messageOf(letter, this.from);
    if (!message) return { kind: 'refused', code: 'address-wrong' };
    const signal = AbortSignal.timeout(this.deadlineMilliseconds);
    try {
      await this.transport.sendMail({ ...message, signal });
      return { kind: 'taken' };
    } catch (error) {
      return signal.aborted ? { kind: 'failed', code: 'mail-server-slow' } : failureOf(error);
    }
  }

  close(): void {
    this.transport.close();
  }
}

/** By the reply of the server where there is one: 4xx is for now, 5xx for good (RFC 5321, 4.2.1). */
function failureOf(error: unknown): Sent {
  const {
    code,
    responseCode: status,
    command,
  } = (error ?? {}) as { readonly code?: unknown; readonly responseCode?: unknown; readonly command?: unknown };
  // Our own login, not this message: somebody will mend it.
  if (code === 'EAUTH' || code === 'ENOAUTH') return { kind: 'failed', code: 'mail-login-refused' };
  if (code === 'ETLS') return { kind: 'failed', code: 'mail-not-encrypted' };
  // Our own address, or that we say nothing of who we are: the recipient has nothing to do with it.
  if (code === 'EENVELOPE' && command === 'MAIL FROM') {
    return { kind: 'failed', code: 'sender-refused', ...(typeof status === 'number' ? { status } : {}) };
  }
  if (typeof status !== 'number') return { kind: 'failed', code: 'mail-server-away' };
  if (status >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE')) {
    return { kind: 'refused', code: code === 'EENVELOPE' ? 'address-refused' : 'message-refused', status };
  }
  return { kind: 'failed', code: 'mail-server-refuses', status };
}

import { createTransport, type Transporter } from 'nodemailer';

/** A message of plain text to one address. */
export interface Letter {
  /** Names the message: the same at every try, so that whoever gets it twice can tell. Letters, digits, `_`, `-`. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly sentAt: Date;
}

/** What the server said. Codes are stable and kebab-case; its own words are not kept, for they quote addresses. */
export type Sent =
  | { readonly kind: 'taken' }
  /** To be tried again. */
  | { readonly kind: 'failed'; readonly code: string; readonly status?: number }
  /** It will not be taken at another try either. */
  | { readonly kind: 'refused'; readonly code: string; readonly status?: number };

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
  private readonly domain: string;
  private readonly deadlineMilliseconds: number;

  constructor({ url, from, timeoutMilliseconds = 15_000, deadlineMilliseconds = 30_000 }: MailSenderOptions) {
    const { protocol, hostname } = new URL(url);
    this.deadlineMilliseconds = deadlineMilliseconds;
    this.from = from;
    this.domain = from.slice(from.lastIndexOf('@') + 1);
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

  async send({ id, to, subject, text, sentAt }: Letter): Promise<Sent> {
    // One address, and nothing that a header would read as more.
    if (!/^[^\s@,;:<>"()[\]\\]{1,64}@[^\s@,;:<>"()[\]\\]{1,255}$/.test(to)) {
      return { kind: 'refused', code: 'address-wrong' };
    }
    const signal = AbortSignal.timeout(this.deadlineMilliseconds);
    try {
      await this.transport.sendMail({
        from: this.from,
        to: { name: '', address: to },
        subject: subject.replace(/\s+/g, ' '),
        text,
        date: sentAt,
        messageId: `<${id}@${this.domain}>`,
        // RFC 3834: so that no machine answers.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal,
      });
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

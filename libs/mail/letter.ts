import type { SendMailOptions } from 'nodemailer';

/** A message of plain text to one address. */
export interface Letter {
  /** Names the message: the same at every try, so that whoever gets it twice can tell. Letters, digits, `_`, `-`. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly sentAt: Date;
}

/** What became of it. Codes are stable and kebab-case; a server's own words are not kept, for they quote addresses. */
export type Sent =
  | { readonly kind: 'taken' }
  /** To be tried again. */
  | { readonly kind: 'failed'; readonly code: string; readonly status?: number }
  /** It will not be taken at another try either. */
  | { readonly kind: 'refused'; readonly code: string; readonly status?: number };

/** The message as it goes out, and is written down; undefined where it is not to one address. */
export function messageOf(
  { id, to, subject, text, sentAt }: Letter,
  from: string,
): Pick<SendMailOptions, 'from' | 'to' | 'subject' | 'text' | 'date' | 'messageId' | 'headers'> | undefined {
  // One address, and nothing that a header would read as more.
  if (!/^[^\s@,;:<>"()[\]\\]{1,64}@[^\s@,;:<>"()[\]\\]{1,255}$/.test(to)) return undefined;
  return {
    from,
    to: { name: '', address: to },
    subject: subject.replace(/\s+/g, ' '),
    text,
    date: sentAt,
    messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    // RFC 3834: so that no machine answers.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

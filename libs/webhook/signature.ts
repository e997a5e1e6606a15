import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Signatures of webhooks as the Standard Webhooks specification 1.0.0 has them (standardwebhooks.com). */

const prefix = 'whsec_';
const secretLength = 32;

/** A new secret as a receiver is given it: `whsec_` and 256 random bits in base64. */
export function newSecret(): string {
  return prefix + randomBytes(secretLength).toString('base64');
}

/** What a message is named by, when it is sent, and its exact bytes. */
export interface SignedMessage {
  /** The same at every try: what the receiver knows doubles by. Without a full stop. */
  readonly id: string;
  /** Of the try, in whole seconds. */
  readonly sentAt: Date;
  readonly body: string;
}

/** The headers of a message, with a signature under each secret: during a rotation there are two. */
export function signatureHeaders(
  message: SignedMessage,
  secrets: readonly string[],
): { readonly [name: string]: string } {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(secondsOf(message.sentAt)),
    'webhook-signature': secrets.map((secret) => `v1,${sign(message, secret).toString('base64')}`).join(' '),
  };
}

/** Whether one of the signatures of a header is the message's under the secret. For receivers, and for specs. */
export function isSigned(message: SignedMessage, secret: string, signatures: string): boolean {
  const expected = sign(message, secret);
  return signatures.split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function sign({ id, sentAt, body }: SignedMessage, secret: string): Buffer {
  if (!secret.startsWith(prefix)) throw new RangeError(`a secret of webhooks begins with ${prefix}`);
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  return createHmac('sha256', key)
    .update(`${id}.${secondsOf(sentAt)}.${body}`)
    .digest();
}

function secondsOf(instant: Date): number {
  return Math.floor(instant.getTime() / 1_000);
}

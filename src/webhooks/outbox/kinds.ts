import type { NewEntry } from '@ardoise/outbox';

/** What a message is: an event, or what becomes of data that the receiver was given (article 19 GDPR). */
export const messageKinds = ['event', 'rectification', 'restriction', 'erasure'] as const;
export type MessageKind = (typeof messageKinds)[number];

const prefixes: { readonly [K in MessageKind]: string } = {
  event: 'evt',
  rectification: 'rec',
  restriction: 'res',
  erasure: 'era',
};

/** The id of a message, made of the event that it follows from: a receiver knows doubles by it. */
export function messageId(kind: MessageKind, event: string): string {
  return `${prefixes[kind]}_${event}`;
}

/** What an entry of the outbox needs to be made again when it is delivered. */
export type EntryDetail =
  | { readonly event: string; readonly type: string }
  | { readonly event: string; readonly type: string; readonly units: readonly string[] };

export type WebhookEntry = NewEntry & { readonly kind: MessageKind; readonly detail: EntryDetail };

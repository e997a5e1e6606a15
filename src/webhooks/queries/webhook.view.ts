import { ApiProperty } from '@nestjs/swagger';
import type { Breaker, ListedEntry } from '@ardoise/outbox';
import { messageKinds } from '../outbox/kinds';
import type { Subscription } from '../subscriptions/subscriptions';

class ReceiverView {
  @ApiProperty({ type: 'integer', description: 'Failures in a row.' })
  failures: number;

  @ApiProperty({ required: false, format: 'date-time', description: 'It is left alone until then.' })
  leftAloneUntil?: string;
}

export class WebhookView {
  @ApiProperty()
  id: string;

  @ApiProperty()
  url: string;

  @ApiProperty({ type: [String] })
  types: readonly string[];

  @ApiProperty({ required: false })
  role?: string;

  @ApiProperty({ type: [String] })
  categories: readonly string[];

  @ApiProperty({ enum: ['active', 'paused', 'ended'] })
  state: string;

  @ApiProperty({ required: false, description: 'A code, where it was not an operator who paused it.' })
  pausedBecause?: string;

  @ApiProperty({ type: 'integer', description: 'The ETag.' })
  version: number;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  changedAt: string;

  @ApiProperty()
  receiver: ReceiverView;
}

export function webhookView(subscription: Subscription, { failures, openUntil }: Breaker): WebhookView {
  const { id, url, types, role, categories, state, pausedBecause, version, createdAt, changedAt } = subscription;
  return {
    id,
    url,
    types,
    ...(role === undefined ? {} : { role }),
    categories,
    state,
    ...(pausedBecause === undefined ? {} : { pausedBecause }),
    version,
    createdAt: createdAt.toISOString(),
    changedAt: changedAt.toISOString(),
    receiver: { failures, ...(openUntil ? { leftAloneUntil: openUntil.toISOString() } : {}) },
  };
}

/** A message and what became of it. Its content is kept nowhere. */
export class DeliveryView {
  @ApiProperty({ description: 'The `webhook-id` that the receiver knows it by.' })
  id: string;

  @ApiProperty({ enum: messageKinds })
  kind: string;

  @ApiProperty({ description: 'Type of the event that it follows from.' })
  type: string;

  @ApiProperty({ description: 'Id of that event.' })
  event: string;

  @ApiProperty()
  stream: string;

  @ApiProperty({ description: 'Position of that event in the log.' })
  position: string;

  @ApiProperty({ enum: ['pending', 'delivered', 'dead', 'dismissed'] })
  state: string;

  @ApiProperty({ type: 'integer' })
  attempts: number;

  @ApiProperty({ type: 'integer', description: 'How often it was asked for again.' })
  replays: number;

  @ApiProperty({ format: 'date-time' })
  enqueuedAt: string;

  @ApiProperty({ required: false, format: 'date-time' })
  triedAt?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  nextTry?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  endedAt?: string;

  @ApiProperty({ required: false, description: 'Why the last try failed, or why there was nothing to deliver.' })
  code?: string;

  @ApiProperty({ required: false, type: 'integer', description: 'Status of the last answer.' })
  status?: number;
}

export function deliveryView(entry: ListedEntry): DeliveryView {
  const { key, kind, detail, stream, position, state, attempts, replays, code, status } = entry;
  const { event, type } = detail as { readonly event: string; readonly type: string };
  const { enqueuedAt, triedAt, nextTry, endedAt } = entry;
  return {
    id: key,
    kind,
    type,
    event,
    stream,
    position: position.toString(),
    state,
    attempts,
    replays,
    enqueuedAt: enqueuedAt.toISOString(),
    ...(triedAt ? { triedAt: triedAt.toISOString() } : {}),
    ...(nextTry ? { nextTry: nextTry.toISOString() } : {}),
    ...(endedAt ? { endedAt: endedAt.toISOString() } : {}),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
  };
}

import { ApiProperty } from '@nestjs/swagger';
import { Instant, Int, Satisfies, Text, Texts } from '@ardoise/http';
import { categories, type Category } from '@ardoise/policy';
import { WebhookView } from '../queries/webhook.view';

const urlText = 'Where messages are posted: https, and leading to the public internet.';
const typesText = 'Types of events that are told; "*" for all.';
const roleText = "The role of the organisation's policy that the owner of the webhook has; needed for categories.";
const categoriesText =
  'Categories whose sealed sections are opened for the receiver; none: only what headers say in clear.';

export class SubscriptionBody {
  @Text({ max: 2_000, description: urlText })
  url: string;

  @Texts({ max: 100, length: 64, description: typesText })
  types: string[];

  @Text({ optional: true, max: 64, description: roleText })
  role?: string;

  @Texts({ optional: true, max: categories.length, of: categories, description: categoriesText })
  categories?: Category[];
}

export class RevisionBody {
  @Text({ optional: true, max: 2_000, description: urlText })
  url?: string;

  @Texts({ optional: true, max: 100, length: 64, description: typesText })
  types?: string[];

  @Text({ optional: true, max: 64, description: roleText })
  role?: string;

  @Texts({ optional: true, max: categories.length, of: categories, description: categoriesText })
  categories?: Category[];
}

export class SubscribedView extends WebhookView {
  @ApiProperty({
    required: false,
    description: 'The secret that messages are signed with, "whsec_…". It is shown once.',
  })
  secret?: string;
}

export class RenewalBody {
  @Int({
    optional: true,
    max: 720,
    description: 'Hours for which the secret before stays valid; 24 where nothing is said.',
  })
  overlapHours?: number;
}

export class SecretView {
  @ApiProperty({ description: 'The new secret, "whsec_…". It is shown once.' })
  secret: string;

  @ApiProperty({ format: 'date-time', description: 'Until then messages are signed with the secret before, too.' })
  previousUntil: string;
}

export class ReplayBody {
  @Instant({ description: 'Events recorded from then on…' })
  from: string;

  @Instant({ description: '…and before then are told once more, under their old ids.' })
  until: string;
}

export class DeadLettersBody {
  @Text({ optional: true, max: 64, description: 'One of them, by its id; all where nothing is said.' })
  @Satisfies((value) => value === undefined || isMessageId(value), 'must be the id of a delivery')
  delivery?: string;
}

export class CountView {
  @ApiProperty({ type: 'integer', description: 'How many dead letters.' })
  count: number;
}

const isMessageId = (value: unknown): boolean => typeof value === 'string' && /^[a-z]{3}_[0-9a-f]{32}$/.test(value);

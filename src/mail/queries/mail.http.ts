import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, cursorOf, defaultLimit, OneOf, type Page, PageQuery, pageOf } from '@ardoise/http';
import type { EntryState, ListedEntry } from '@ardoise/outbox';
import { MailOutbox } from '../outbox/mail-outbox';
import { letterKeys, mailDestination } from '../outbox/mail-planner';

const states = ['pending', 'delivered', 'dead', 'dismissed'] as const;

class LettersQuery extends PageQuery {
  @OneOf(states, { optional: true, description: '"dead" for dead letters.' })
  state?: EntryState;
}

/** What became of a letter: of its content and its address nothing is kept. */
export class LetterView {
  @ApiProperty({ description: 'The local part of its Message-ID; the same at every try.' })
  id: string;

  @ApiProperty({ description: 'Event that it follows from.' })
  event: string;

  @ApiProperty({ description: 'Type of that event.' })
  type: string;

  @ApiProperty({ enum: states })
  state: string;

  @ApiProperty({ type: 'integer' })
  attempts: number;

  @ApiProperty({ format: 'date-time', required: false })
  triedAt?: string;

  @ApiProperty({ format: 'date-time', required: false })
  nextTry?: string;

  @ApiProperty({ required: false, description: 'Why it is not delivered, or was not needed, as a code.' })
  code?: string;

  @ApiProperty({ type: 'integer', required: false, description: 'What the mail server answered.' })
  status?: number;
}

@ApiTags('mail')
@Controller('v1/organisations/:organisation/mail/letters')
export class MailHttp {
  constructor(private readonly outbox: MailOutbox) {}

  @Get()
  @ApiQueryRoute({
    summary: 'Letters that were, will or could not be sent, latest first; no addresses, no content',
    answers: LetterView,
    list: true,
  })
  async list(
    @Param('organisation') organisation: string,
    @Query() { limit = defaultLimit, after, state }: LettersQuery,
  ): Promise<Page<LetterView>> {
    const cursor = cursorOf(after, isPosition, isKey);
    const entries = await this.outbox.runtime.entries.list({
      organisation,
      destination: mailDestination,
      limit: limit + 1,
      ...(state === undefined ? {} : { state }),
      ...(cursor ? { before: { position: BigInt(cursor[0] as string), key: cursor[1] as string } } : {}),
    });
    return pageOf(entries, limit, letterView, ({ position, key }) => [position.toString(), key]);
  }
}

function letterView({ key, detail, kind, state, attempts, ...entry }: ListedEntry): LetterView {
  const { triedAt, nextTry, code, status } = entry;
  return {
    id: key,
    event: String(detail.event),
    type: kind,
    state,
    attempts,
    ...(triedAt ? { triedAt: triedAt.toISOString() } : {}),
    ...(nextTry ? { nextTry: nextTry.toISOString() } : {}),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
  };
}

const isPosition = (part: string): boolean => /^\d{1,18}$/.test(part);
const isKey = (part: string): boolean => letterKeys.test(part);

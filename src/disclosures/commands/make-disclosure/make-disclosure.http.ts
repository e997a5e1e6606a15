import { Body, Controller, Headers, Inject, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Config } from '@ardoise/config';
import type { CommandContext } from '@ardoise/decider';
import { isStreamId } from '@ardoise/format';
import {
  ApiCommand,
  CommandBody,
  Context,
  Int,
  ListOf,
  OneOf,
  prefersPage,
  Satisfies,
  Text,
  Texts,
} from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { CONFIG } from '../../../platform/tokens';
import { recipientKinds, type RecipientKind } from '../../domain/events';
import { disclosurePagePolicy } from '../../page/disclosure-page';
import { pageOf } from '../../page/page-of';
import { MakeDisclosureCommand } from './make-disclosure.command';

export class DisclosedFieldsBody {
  @Text({ optional: true, max: 64, description: 'The section; needed where more than one has such a field.' })
  role?: string;

  @Texts({ max: 100, length: 64, description: 'Names of fields.' })
  fields: string[];
}

export class DisclosureBody extends CommandBody {
  @Text({ max: 64, description: "The event's stream." })
  @Satisfies((value) => isStreamId(value), 'must be the id of a stream')
  stream: string;

  @Int({ description: "The event's version in its stream, from 0." })
  version: number;

  @ListOf(() => DisclosedFieldsBody, { max: 20 })
  sections: DisclosedFieldsBody[];

  @Text({ max: 200, description: 'Whom it is disclosed to.' })
  recipient: string;

  @OneOf(recipientKinds, { optional: true, description: '"other" where nothing is said.' })
  recipientKind?: RecipientKind;

  @Text({ max: 200, description: 'Law or reason. Of what is kept beside an erasure: the ground that it is kept on.' })
  ground: string;

  @Text({ optional: true, max: 500 })
  purpose?: string;
}

@ApiTags('disclosures')
@Controller('v1/organisations/:organisation/disclosures')
export class MakeDisclosureHttp {
  constructor(
    private readonly commands: CommandBus,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @ApiProduces('application/json', 'text/html')
  @ApiCommand({
    summary:
      'Disclose chosen fields of one event to somebody: recorded first, then answered as a file that anybody can check, ' +
      'or as a page that checks itself',
  })
  async make(
    @Context() context: CommandContext,
    @Body() body: DisclosureBody,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { stream, version, sections, recipient, recipientKind = 'other', ground, purpose } = body;
    const to = { recipient, recipientKind, ground, ...(purpose === undefined ? {} : { purpose }) };
    const made = await this.commands.execute(new MakeDisclosureCommand(context, { stream, version, sections, to }));
    void reply
      .status(201)
      .header('ardoise-disclosure', made.record)
      .header('cache-control', 'no-store')
      .header('vary', 'accept')
      .header('x-content-type-options', 'nosniff');
    if (made.repeated) void reply.header('idempotency-replayed', 'true');
    if (!prefersPage(accept)) {
      void reply.header('content-type', 'application/json; charset=utf-8');
      return made.disclosure;
    }
    void reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', disclosurePagePolicy)
      .header('referrer-policy', 'no-referrer');
    return pageOf(context.organisation, made, this.config.publicUrl);
  }
}

import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, created, IdPipe, Int, Key, OneOf, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { RecordConsentCommand } from './record-consent.command';

const answers = ['given', 'refused'] as const;

export class RecordConsentBody extends CommandBody {
  @Key({ description: "One of the organisation's consent purposes." })
  purpose: string;

  @OneOf(answers)
  choice: (typeof answers)[number];

  @Text({ max: 4000, description: 'What the person was asked, word for word.' })
  wording: string;

  @Text({ max: 100, description: 'Where they were asked: web, email, paper…' })
  channel: string;

  @Int({ optional: true, min: 1, description: 'The policy version shown; the one in force where nothing is said.' })
  policyVersion?: number;
}

@ApiTags('consents')
@Controller('v1/organisations/:organisation/persons/:person/consents')
export class RecordConsentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record that a person gave or refused a consent', creates: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() { purpose, choice, wording, channel, policyVersion }: RecordConsentBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const shown = policyVersion === undefined ? {} : { policyVersion };
    const answer = { purpose, choice, wording, channel, ...shown };
    const thing = await this.commands.execute(new RecordConsentCommand(context, person, answer));
    const body = created(reply, thing);
    void reply.header('location', `/v1/organisations/${context.organisation}/consents/${thing.id}`);
    return body;
  }
}

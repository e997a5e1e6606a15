import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, Key, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { RecordProfileValueCommand } from './record-profile-value.command';

export class RecordProfileValueBody extends CommandBody {
  @Key({ description: "A field of the organisation's profile.", example: 'email' })
  name: string;

  @Text({ max: 1000 })
  value: string;

  @Id({ optional: true, description: 'The version that was wrong; absent where it was right in its time.' })
  corrects?: string;

  @Text({ optional: true, max: 1000 })
  reason?: string;
}

@ApiTags('persons')
@Controller('v1/organisations/:organisation/persons/:person/profile-values')
export class RecordProfileValueHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record a new version of a profile value', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() { name, value, corrects, reason }: RecordProfileValueBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const version = {
      name,
      value,
      ...(corrects === undefined ? {} : { corrects }),
      ...(reason === undefined ? {} : { reason }),
    };
    return recorded(reply, await this.commands.execute(new RecordProfileValueCommand(context, person, version)));
  }
}

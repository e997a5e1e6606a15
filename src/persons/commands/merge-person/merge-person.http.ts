import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { MergePersonCommand } from './merge-person.command';

export class MergePersonBody extends CommandBody {
  @Id({ description: 'The person that this one is a duplicate of.' })
  into: string;
}

@ApiTags('persons')
@Controller('v1/organisations/:organisation/persons/:person/merge')
export class MergePersonHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Say that a person is a duplicate of another: from then on both are read as one',
    answers: RecordedBody,
  })
  async merge(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() { into }: MergePersonBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new MergePersonCommand(context, person, into)));
  }
}

import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { UnmergePersonCommand } from './unmerge-person.command';

@ApiTags('persons')
@Controller('v1/organisations/:organisation/persons/:person/unmerge')
export class UnmergePersonHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Say that a person is no duplicate after all', answers: RecordedBody })
  async unmerge(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() _body: CommandBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new UnmergePersonCommand(context, person)));
  }
}

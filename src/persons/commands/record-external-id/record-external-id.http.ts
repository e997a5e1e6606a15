import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { ExternalIdCommandBody } from '../external-id-body';
import { RecordExternalIdCommand } from './record-external-id.command';

@ApiTags('persons')
@Controller('v1/organisations/:organisation/persons/:person/external-ids')
export class RecordExternalIdHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record the number that another system knows the person by', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() { system, externalId }: ExternalIdCommandBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new RecordExternalIdCommand(context, person, { system, externalId });
    return recorded(reply, await this.commands.execute(command));
  }
}

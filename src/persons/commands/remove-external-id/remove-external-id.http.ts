import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { ExternalIdCommandBody } from '../external-id-body';
import { RemoveExternalIdCommand } from './remove-external-id.command';

@ApiTags('persons')
@Controller('v1/organisations/:organisation/persons/:person/external-ids/removal')
export class RemoveExternalIdHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Remove an external id; another person may then have it', answers: RecordedBody })
  async remove(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() { system, externalId }: ExternalIdCommandBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new RemoveExternalIdCommand(context, person, { system, externalId });
    return recorded(reply, await this.commands.execute(command));
  }
}

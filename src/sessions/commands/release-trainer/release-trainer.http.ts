import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { ReleaseTrainerCommand } from './release-trainer.command';

class TrainerReleaseBody extends CommandBody {
  @Id({ description: 'The assignment that ends: the id of its event.' })
  assignment: string;
}

@ApiTags('sessions')
@Controller('v1/organisations/:organisation/sessions/:session/trainers/release')
export class ReleaseTrainerHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: "End a trainer's assignment", answers: RecordedBody })
  async release(
    @Context() context: CommandContext,
    @Param('session', new IdPipe('session')) session: string,
    @Body() { assignment }: TrainerReleaseBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new ReleaseTrainerCommand(context, session, assignment)));
  }
}

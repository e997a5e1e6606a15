import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { AssignTrainerCommand } from './assign-trainer.command';

class TrainerBody extends CommandBody {
  @Id({ description: 'The trainer.' })
  person: string;

  @Text({ max: 100, description: 'What the trainer does in the session.' })
  role: string;
}

@ApiTags('sessions')
@Controller('v1/organisations/:organisation/sessions/:session/trainers')
export class AssignTrainerHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Assign a trainer; the id of the event is the assignment that a release names',
    answers: RecordedBody,
  })
  async assign(
    @Context() context: CommandContext,
    @Param('session', new IdPipe('session')) session: string,
    @Body() { person, role }: TrainerBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new AssignTrainerCommand(context, session, person, role)));
  }
}

import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Id, IdPipe, Int, Key, Num, OneOf, Text, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { correctionActions, type CorrectionAction } from '../../../platform/corrections';
import { RecordedBody } from '../../../platform/recorded-thing';
import { mostSeconds } from '../../domain/events';
import { CorrectLearningCommand } from './correct-learning.command';

export class LearningCorrectionBody extends CommandBody {
  @Id({ description: 'The event that was wrong: a fact, or an earlier correction.' })
  event: string;

  @OneOf(correctionActions)
  action: CorrectionAction;

  @Key({ optional: true, description: 'Of a fact about a module.' })
  module?: string;

  @Int({ optional: true, min: 1, max: mostSeconds, description: 'Of time spent.' })
  seconds?: number;

  @Num({ optional: true, description: 'Of a grade; passed or failed follows from it.' })
  score?: number;

  @Text({ max: 1000 })
  reason: string;

  @Id({ optional: true, description: 'The person who says so.' })
  author?: string;
}

@ApiTags('learning')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/learning-corrections')
export class CorrectLearningHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Correct or annul a fact, or an earlier correction of one', answers: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() { occurredAt: _, source: __, ...said }: LearningCorrectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new CorrectLearningCommand(context, enrolment, { type: 'correct', ...said });
    return recorded(reply, await this.commands.execute(command));
  }
}

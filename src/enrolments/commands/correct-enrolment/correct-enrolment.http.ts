import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Day, Id, IdPipe, ListOf, Num, OneOf, recorded, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { correctionActions, type CorrectionAction } from '../../../platform/corrections';
import { RecordedBody } from '../../../platform/recorded-thing';
import type { CorrectionRequest } from '../../domain/enrolment';
import { outcomes, traineeKinds, type Outcome, type TraineeKind } from '../../domain/events';
import { FunderBody, fundersOf } from '../funder-body';
import { CorrectEnrolmentCommand } from './correct-enrolment.command';

class CorrectionBody extends CommandBody {
  @Id({ description: 'The event that was wrong: a request, realised hours, an end, an invoice link, or a correction.' })
  event: string;

  @OneOf(correctionActions)
  action: CorrectionAction;

  @Text({ max: 1000 })
  reason: string;

  @Id({ optional: true, description: 'The staff member or trainer who corrects.' })
  author?: string;

  @OneOf(traineeKinds, { optional: true, description: 'Of a request.' })
  traineeKind?: TraineeKind;

  @ListOf(() => FunderBody, { optional: true, max: 20, description: 'Of a request: all of them anew.' })
  funders?: FunderBody[];

  @Num({ optional: true, max: 10_000, description: 'Of a request.' })
  plannedHours?: number;

  @Num({ optional: true, max: 10_000, description: 'Of realised hours.' })
  hours?: number;

  @OneOf(outcomes, { optional: true, description: 'Of an end.' })
  outcome?: Outcome;

  @Day({ optional: true, description: 'Of an end.' })
  endedOn?: string;

  @Id({ optional: true, description: 'Of an invoice link.' })
  invoice?: string;
}

function correctionOf(body: CorrectionBody): CorrectionRequest {
  const { event, action, reason, author, funders } = body;
  const { traineeKind, plannedHours, hours, outcome, endedOn, invoice } = body;
  const said = {
    traineeKind,
    funders: funders && fundersOf(funders),
    plannedHours,
    hours,
    outcome,
    endedOn,
    invoice,
  };
  const changes = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { corrects: event, action, changes, reason, ...(author === undefined ? {} : { author }) };
}

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/corrections')
export class CorrectEnrolmentHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Correct or annul a fact of an enrolment; an end that is annulled lets it go on, with a seat found anew',
    answers: RecordedBody,
  })
  async correct(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: CorrectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const command = new CorrectEnrolmentCommand(context, enrolment, correctionOf(body));
    return recorded(reply, await this.commands.execute(command));
  }
}

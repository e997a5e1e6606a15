import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import type { RecordModuleAct } from '../../domain/commands';
import { ModuleActBody, moduleActOf } from '../deed-bodies';
import { RecordModuleActCommand } from './record-module-act.command';

@ApiTags('learning')
@Controller('v1/organisations/:organisation/enrolments/:enrolment')
export class RecordModuleActHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post('module-openings')
  @ApiCommand({ summary: 'Record that a module was looked at', answers: RecordedBody })
  async opened(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: ModuleActBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return this.record(context, enrolment, moduleActOf('opened', body), reply);
  }

  @Post('module-starts')
  @ApiCommand({ summary: 'Record that a module was started', answers: RecordedBody })
  async started(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: ModuleActBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return this.record(context, enrolment, moduleActOf('started', body), reply);
  }

  @Post('module-completions')
  @ApiCommand({
    summary: 'Record that a module was completed; the last one needed finishes the learning',
    answers: RecordedBody,
  })
  async completed(
    @Context() context: CommandContext,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Body() body: ModuleActBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return this.record(context, enrolment, moduleActOf('completed', body), reply);
  }

  private async record(
    context: CommandContext,
    enrolment: string,
    deed: RecordModuleAct,
    reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new RecordModuleActCommand(context, enrolment, deed)));
  }
}

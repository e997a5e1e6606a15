import { Body, Controller, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, created } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { RegisterPersonBody, registrationOf } from './register-person.body';
import { RegisterPersonCommand } from './register-person.command';

@ApiTags('persons')
@Controller('v1/organisations/:organisation/persons')
export class RegisterPersonHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Register a person, with their profile and external ids', creates: RecordedBody })
  async register(
    @Context() context: CommandContext,
    @Body() body: RegisterPersonBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return created(reply, await this.commands.execute(new RegisterPersonCommand(context, registrationOf(body))));
  }
}

import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, Text } from '@ardoise/http';
import { Clock } from '@ardoise/time';
import { runBatch } from '../../../platform/batch';
import { RegisterPersonBody, registrationOf } from '../register-person/register-person.body';
import { RegisterPersonCommand } from '../register-person/register-person.command';

/** One line: a person, and the key of the command that registers them. */
export class RegisterPersonRow extends RegisterPersonBody {
  @Text({ min: 36, max: 36, description: 'A UUID; the same key means the same command.' })
  idempotencyKey: string;
}

@ApiTags('persons')
@Controller('v1/organisations/:organisation/persons/batch')
export class RegisterPersonsHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('content-type', 'application/x-ndjson')
  @ApiCommand({ summary: 'Register persons, one a line; each line has an outcome of its own' })
  @ApiConsumes('application/x-ndjson')
  @ApiProduces('application/x-ndjson')
  @ApiExtraModels(RegisterPersonRow)
  @ApiBody({ schema: { type: 'string' } })
  register(@Context() context: CommandContext, @Body() body: unknown): Promise<string> {
    return runBatch({
      body,
      context,
      now: this.clock.now(),
      type: RegisterPersonRow,
      run: (row, line) => this.commands.execute(new RegisterPersonCommand(line, registrationOf(row))),
    });
  }
}

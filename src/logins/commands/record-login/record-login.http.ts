import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, created, IdPipe, Satisfies, Text } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { isIP } from 'node:net';
import { RecordedBody } from '../../../platform/recorded-thing';
import type { Login } from '../../domain/login-day';
import { RecordLoginCommand } from './record-login.command';

export class RecordLoginBody extends CommandBody {
  @ApiProperty({ description: 'IP address, version 4 or 6.' })
  @Satisfies((value) => typeof value === 'string' && isIP(value) !== 0, 'must be an IP address')
  address: string;

  @Text({ optional: true, max: 200 })
  device?: string;

  @Text({ optional: true, max: 200 })
  browser?: string;

  @Text({ optional: true, max: 200 })
  operatingSystem?: string;
}

@ApiTags('logins')
@Controller('v1/organisations/:organisation/persons/:person/logins')
export class RecordLoginHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Record that a person has logged in', creates: RecordedBody })
  async record(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() body: RecordLoginBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return created(reply, await this.commands.execute(new RecordLoginCommand(context, person, loginOf(body))));
  }
}

function loginOf({ address, device, browser, operatingSystem }: RecordLoginBody): Login {
  return {
    address,
    ...(device === undefined ? {} : { device }),
    ...(browser === undefined ? {} : { browser }),
    ...(operatingSystem === undefined ? {} : { operatingSystem }),
  };
}

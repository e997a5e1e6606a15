import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, CommandBody, Context, Day, IdPipe, tag } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { DecideErasureCommand } from './decide-erasure.command';

class ErasureBody extends CommandBody {
  @Day({ optional: true, description: 'When the request was received; today where nothing is said.' })
  requestedOn?: string;
}

@ApiTags('erasures')
@Controller('v1/organisations/:organisation/persons/:person/erasures')
export class DecideErasureHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Erase a person: per category, erased now or kept until a date on a named ground',
    creates: RecordedBody,
  })
  async decide(
    @Context() context: CommandContext,
    @Param('person', new IdPipe('person')) person: string,
    @Body() body: ErasureBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const thing = await this.commands.execute(new DecideErasureCommand(context, person, body.requestedOn));
    tag(reply, thing);
    // Accepted and durable; the process carries it out, and its state is found at the location.
    void reply.status(202).header('location', `/v1/organisations/${context.organisation}/erasures/${thing.id}`);
    return { id: thing.id, version: thing.version, events: thing.events };
  }
}

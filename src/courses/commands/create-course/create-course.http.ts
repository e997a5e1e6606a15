import { Body, Controller, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, created } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { CourseBody, definitionOf } from '../course-body';
import { CreateCourseCommand } from './create-course.command';

@ApiTags('courses')
@Controller('v1/organisations/:organisation/courses')
export class CreateCourseHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({ summary: 'Create a course', creates: RecordedBody })
  async create(
    @Context() context: CommandContext,
    @Body() body: CourseBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const thing = await this.commands.execute(new CreateCourseCommand(context, definitionOf(body)));
    return created(reply, thing);
  }
}

import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CommandContext } from '@ardoise/decider';
import { ApiCommand, Context, IdPipe, recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { CourseBody, definitionOf } from '../course-body';
import { ReviseCourseCommand } from './revise-course.command';

@ApiTags('courses')
@Controller('v1/organisations/:organisation/courses/:course/revisions')
export class ReviseCourseHttp {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiCommand({
    summary: 'Revise a course: parts can be added and described anew, none removed',
    answers: RecordedBody,
  })
  async revise(
    @Context() context: CommandContext,
    @Param('course', new IdPipe('course')) course: string,
    @Body() body: CourseBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    return recorded(reply, await this.commands.execute(new ReviseCourseCommand(context, course, definitionOf(body))));
  }
}

import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { isId } from '@ardoise/format';
import {
  ApiQueryRoute,
  cursorOf,
  defaultLimit,
  IdPipe,
  pageOf,
  PageQuery,
  ProblemError,
  type Page,
} from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { CourseRow } from '../read-models/course.row';
import { courseView, CourseView } from './course.view';

@ApiTags('courses')
@Controller('v1/organisations/:organisation/courses')
export class CoursesHttp {
  constructor(private readonly database: DataSource) {}

  @Get()
  @ApiQueryRoute({ summary: 'List courses', answers: CourseView, list: true })
  async list(@Param('organisation') organisation: string, @Query() page: PageQuery): Promise<Page<CourseView>> {
    const limit = page.limit ?? defaultLimit;
    const rows = this.database
      .getRepository(CourseRow)
      .createQueryBuilder('c')
      .where('c.organisation = :organisation', { organisation })
      .orderBy('c.course')
      .limit(limit + 1);
    const after = cursorOf(page.after, isId);
    if (after) rows.andWhere('c.course > :after', { after: after[0] });
    return pageOf(await rows.getMany(), limit, courseView, (row) => [row.course]);
  }

  @Get(':course')
  @ApiQueryRoute({ summary: 'One course', answers: CourseView })
  async one(
    @Param('organisation') organisation: string,
    @Param('course', new IdPipe('course')) course: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CourseView> {
    const row = await this.database.getRepository(CourseRow).findOneBy({ organisation, course });
    if (!row) throw new ProblemError(404, 'course-not-found', 'there is no such course');
    void reply.header('etag', `"${row.version}"`);
    return courseView(row);
  }
}

import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { CreateCourseHandler } from './commands/create-course/create-course.handler';
import { CreateCourseHttp } from './commands/create-course/create-course.http';
import { ReviseCourseHandler } from './commands/revise-course/revise-course.handler';
import { ReviseCourseHttp } from './commands/revise-course/revise-course.http';
import { course } from './domain/course';
import { courseEvents } from './domain/events';
import { CourseCatalogue } from './queries/course-catalogue';
import { CoursesHttp } from './queries/courses.http';
import { coursesProjection } from './read-models/courses.projection';

@Module({
  controllers: [CoursesHttp, CreateCourseHttp, ReviseCourseHttp],
  providers: [CreateCourseHandler, ReviseCourseHandler, CourseCatalogue],
  exports: [CourseCatalogue],
})
export class CoursesModule {}

export const courses: Capability = {
  name: 'courses',
  events: courseEvents,
  projections: [coursesProjection],
  reactions: [],
  deciders: [course],
  module: CoursesModule,
};

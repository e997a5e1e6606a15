import { Module } from '@nestjs/common';
import { CoursesModule } from '../courses/courses.module';
import type { Capability } from '../platform/capability';
import { CourseOverviewHttp } from './queries/course-overview.http';
import { overviewsProjection } from './read-models/overviews.projection';

@Module({ imports: [CoursesModule], controllers: [CourseOverviewHttp] })
export class OverviewsModule {}

/** It records nothing: it counts what other capabilities recorded. */
export const overviews: Capability = {
  name: 'overviews',
  events: [],
  projections: [overviewsProjection],
  reactions: [],
  deciders: [],
  module: OverviewsModule,
};

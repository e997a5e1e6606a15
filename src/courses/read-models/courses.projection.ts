import { when, type Projection, type RowWriter } from '@ardoise/projections';
import { courseCreated, courseRevised, type CourseOpened } from '../domain/events';
import { CourseRow } from './course.row';

function define(
  { organisation, stream, version, recordedAt, facts: { definition } }: CourseOpened,
  write: RowWriter,
): void {
  write.put(CourseRow, {
    organisation,
    course: stream.slice(-32),
    title: definition.title,
    definition,
    version: version + 1,
    recordedAt,
  });
}

export const coursesProjection: Projection = {
  name: 'courses',
  version: 1,
  tables: [CourseRow],
  on: { ...when(courseCreated, define), ...when(courseRevised, define) },
};

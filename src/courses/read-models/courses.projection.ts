import type { AnyOpened } from '@ardoise/sealing';
import type { Projection, RowWriter } from '@ardoise/projections';
import type { CourseOpened } from '../domain/events';
import { CourseRow } from './course.row';

function defined(opened: AnyOpened, write: RowWriter): void {
  const event = opened as CourseOpened;
  const { definition } = event.facts;
  write.put(CourseRow, {
    organisation: event.organisation,
    course: event.stream.slice(-32),
    title: definition.title,
    definition,
    version: event.version + 1,
    recordedAt: event.recordedAt,
  });
}

export const coursesProjection: Projection = {
  name: 'courses',
  version: 1,
  tables: [CourseRow],
  on: { 'course-created': defined, 'course-revised': defined },
};

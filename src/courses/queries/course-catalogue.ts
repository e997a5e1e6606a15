import { Injectable } from '@nestjs/common';
import { notFound, Recorder } from '@ardoise/decider';
import { course } from '../domain/course';
import type { CourseDefinition } from '../domain/events';

export type { Assessment, CourseDefinition, CourseModule } from '../domain/events';

interface Known {
  readonly version: number;
  readonly definition: CourseDefinition;
}

const mostKnown = 5_000;

/** What other capabilities may ask of courses: their definition as the log has it, not as a read model lags. */
@Injectable()
export class CourseCatalogue {
  private readonly known = new Map<string, Known>();

  constructor(private readonly recorder: Recorder) {}

  /** @throws Refusal `course-not-found` */
  async definition(organisation: string, id: string): Promise<CourseDefinition> {
    const name = `${organisation}/${id}`;
    const before = this.known.get(name);
    // Only what came after is read: a definition concerns nobody, so nothing is kept that could be erased.
    const folded = await this.recorder.fold(
      course,
      organisation,
      `${course.kind}-${id}`,
      before && { state: before, version: before.version },
    );
    const { definition } = folded.state;
    if (!definition) throw notFound('course-not-found', 'there is no such course');
    if (this.known.size >= mostKnown) this.known.clear();
    this.known.set(name, { version: folded.version, definition });
    return definition;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { Recorder, Refusal } from '@ardoise/decider';
import type { Vault } from '@ardoise/vault';
import { DataSource, In, type FindOptionsWhere } from 'typeorm';
import { CourseCatalogue, type CourseDefinition } from '../../courses/queries/course-catalogue';
import { VAULT } from '../../platform/tokens';
import { learning } from '../domain/learning';
import { AttemptRow } from '../read-models/attempt.row';
import { LearningFactRow, type FactColumns } from '../read-models/learning-fact.row';
import { ResumePointRow } from '../read-models/resume-point.row';
import { assessmentView, moduleView, parkedView, resumePointView, secondsOf } from './learning-parts';
import { learningStream } from './learning-stream';
import type { LearningRecordView, ParkedFactView, ResumePointView } from './learning-record.view';
import { moduleProgress, type ModuleProgress } from './module-progress.sql';
import { latestResumePoints, type LatestResumePoint } from './resume-points.sql';

/** An enrolment whose learning is asked for. */
export interface AskedEnrolment {
  readonly enrolment: string;
  readonly course: string;
}

interface Rows {
  readonly progress: readonly ModuleProgress[];
  readonly attempts: readonly AttemptRow[];
  readonly points: readonly LatestResumePoint[];
  readonly finished: readonly LearningFactRow[];
  readonly parked: readonly (ParkedFactView & { readonly enrolment: string })[];
}

/** Reads what is recorded of the learning of enrolments. */
@Injectable()
export class LearningRecords {
  constructor(
    private readonly database: DataSource,
    private readonly courses: CourseCatalogue,
    private readonly recorder: Recorder,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** The enrolments under which something was learned by any of these persons. */
  async enrolmentsOf(organisation: string, persons: readonly string[]): Promise<AskedEnrolment[]> {
    const found = new Map<string, AskedEnrolment>();
    for (const entity of [LearningFactRow, AttemptRow]) {
      const rows = await this.database
        .getRepository<LearningFactRow | AttemptRow>(entity)
        .createQueryBuilder('f')
        .select('f.enrolment', 'enrolment')
        .addSelect('f.course', 'course')
        .distinct()
        .where('f.organisation = :organisation AND f.person IN (:...persons)', { organisation, persons })
        .getRawMany<AskedEnrolment>();
      for (const row of rows) found.set(row.enrolment, row);
    }
    return [...found.values()].sort((one, other) => (one.enrolment < other.enrolment ? -1 : 1));
  }

  /** One record for each, in the order asked for; one without facts is empty. */
  async of(organisation: string, asked: readonly AskedEnrolment[]): Promise<LearningRecordView[]> {
    const rows = await this.rows(
      organisation,
      asked.map(({ enrolment }) => enrolment),
    );
    return Promise.all(
      asked.map(async (one) => recordView(one, await this.courses.definition(organisation, one.course), rows)),
    );
  }

  async resumePoint(organisation: string, enrolment: string): Promise<ResumePointView | undefined> {
    const [point] = await latestResumePoints(this.database, organisation, [enrolment]);
    return point && resumePointView(point);
  }

  /** Tells learning that has ended from learning that never began. @throws Refusal `erased` */
  async refuseErased(organisation: string, enrolment: string): Promise<void> {
    const stream = learningStream(await this.vault.naming(organisation), enrolment);
    const { events } = await this.recorder.load(learning, organisation, stream);
    const ended = events.every(({ closed }) =>
      closed.some(({ role, state }) => role === 'learner' && state === 'erased'),
    );
    if (events.length > 0 && ended)
      throw new Refusal('gone', 'erased', 'the learning of this enrolment has been erased');
  }

  private async rows(organisation: string, enrolments: readonly string[]): Promise<Rows> {
    const where = { organisation, enrolment: In([...enrolments]) };
    const order = { occurredAt: 'ASC', version: 'ASC' } as const;
    const finishing = { ...where, kind: 'finished' };
    const [progress, points, attempts, finished, parked] = await Promise.all([
      moduleProgress(this.database, organisation, enrolments),
      latestResumePoints(this.database, organisation, enrolments),
      this.database.getRepository(AttemptRow).find({ where, order }),
      this.database.getRepository(LearningFactRow).find({ where: finishing, order }),
      this.parked({ ...where, standing: 'parked', counted: false, annulled: false }),
    ]);
    return { progress, points, attempts, finished, parked };
  }

  private async parked(where: FindOptionsWhere<FactColumns>): Promise<Rows['parked']> {
    const found = await Promise.all(
      [LearningFactRow, AttemptRow, ResumePointRow].map((entity) =>
        this.database.getRepository<LearningFactRow | AttemptRow | ResumePointRow>(entity).find({ where }),
      ),
    );
    return found
      .flat()
      .map((row) => ({ enrolment: row.enrolment, ...parkedView(row) }))
      .sort((one, other) => (one.occurredAt < other.occurredAt ? -1 : 1));
  }
}

function recordView(
  { enrolment, course }: AskedEnrolment,
  definition: CourseDefinition,
  rows: Rows,
): LearningRecordView {
  const own = <R extends { readonly enrolment: string }>(list: readonly R[]): R[] =>
    list.filter((row) => row.enrolment === enrolment);
  const progress = own(rows.progress);
  const attempts = own(rows.attempts);
  const modules = definition.modules.map((module) =>
    moduleView(
      module,
      progress.filter((row) => row.module === module.key),
    ),
  );
  const assessments = definition.assessments.map((assessment) =>
    assessmentView(
      assessment,
      attempts.filter((row) => row.assessment === assessment.key),
    ),
  );
  const [point] = own(rows.points);
  const [finished] = own(rows.finished);
  return {
    enrolment,
    course,
    title: definition.title,
    modules,
    assessments,
    ...(point ? { resumePoint: resumePointView(point) } : {}),
    seconds: secondsOf(progress),
    achieved:
      modules.length + assessments.length > 0 &&
      modules.every(({ state }) => state === 'completed') &&
      assessments.every(({ kind, passed }) => kind !== 'final-exam' || passed),
    ...(finished ? { finishedAt: new Date(finished.occurredAt).toISOString() } : {}),
    parked: own(rows.parked).map(({ enrolment: _, ...fact }) => fact),
  };
}

import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe } from '@ardoise/http';
import { DataSource } from 'typeorm';
import { CourseCatalogue, type Assessment, type CourseModule } from '../../courses/queries/course-catalogue';
import { assessedLearners, type AssessedLearners } from './assessed-learners.sql';
import { CourseOverviewView, type ModuleFunnelView, type ScoreDistributionView } from './course-overview.view';
import { enrolmentCounts } from './enrolment-counts.sql';
import { moduleFunnel, type ModuleFunnel } from './module-funnel.sql';
import { scoreTenths, type ScoreTenth } from './score-tenths.sql';

@ApiTags('overviews')
@Controller('v1/organisations/:organisation/courses/:course/overview')
export class CourseOverviewHttp {
  constructor(
    private readonly database: DataSource,
    private readonly courses: CourseCatalogue,
  ) {}

  @Get()
  @ApiQueryRoute({
    summary: 'How a course goes: enrolments by state, learners by module, scores by assessment',
    answers: CourseOverviewView,
  })
  async one(
    @Param('organisation') organisation: string,
    @Param('course', new IdPipe('course')) course: string,
  ): Promise<CourseOverviewView> {
    const { title, modules, assessments } = await this.courses.definition(organisation, course);
    const [enrolments, funnel, learners, tenths] = await Promise.all([
      enrolmentCounts(this.database, organisation, course),
      moduleFunnel(this.database, organisation, course),
      assessedLearners(this.database, organisation, course),
      scoreTenths(this.database, organisation, course),
    ]);
    return {
      course,
      title,
      enrolments,
      modules: modules.map((module) =>
        funnelView(
          module,
          funnel.find((row) => row.module === module.key),
        ),
      ),
      assessments: assessments.map((assessment) =>
        distributionView(
          assessment,
          learners.find((row) => row.assessment === assessment.key),
          tenths.filter((row) => row.assessment === assessment.key),
        ),
      ),
    };
  }
}

function funnelView({ key, title }: CourseModule, row: ModuleFunnel | undefined): ModuleFunnelView {
  const { opened = 0, started = 0, completed = 0, seconds = 0 } = row ?? {};
  return { key, title, opened, started, completed, seconds };
}

function distributionView(
  { key, title, kind }: Assessment,
  row: AssessedLearners | undefined,
  tenths: readonly ScoreTenth[],
): ScoreDistributionView {
  const { learners = 0, passed: learnersPassed = 0 } = row ?? {};
  const attempts = tenths.reduce((sum, tenth) => sum + tenth.attempts, 0);
  const shares = tenths.reduce((sum, tenth) => sum + tenth.shares, 0);
  const distribution = Array.from({ length: 10 }, (_, at) => tenths.find(({ tenth }) => tenth === at)?.attempts ?? 0);
  const rates = attempts === 0 ? {} : { passRate: learnersPassed / learners, meanShare: shares / attempts };
  return { key, title, kind, attempts, learners, learnersPassed, ...rates, distribution };
}

import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe } from '@ardoise/http';
import { DataSource } from 'typeorm';
import { CourseCatalogue, type Assessment, type CourseModule } from '../../courses/queries/course-catalogue';
import { CourseOverviewView, type ModuleFunnelView, type ScoreDistributionView } from './course-overview.view';
import { enrolmentCounts } from './enrolment-counts.sql';
import { moduleFunnel, type ModuleFunnel } from './module-funnel.sql';
import { scoreDistribution, type ScoreDistribution } from './score-distribution.sql';

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
    const [enrolments, funnel, scores] = await Promise.all([
      enrolmentCounts(this.database, organisation, course),
      moduleFunnel(this.database, organisation, course),
      scoreDistribution(this.database, organisation, course),
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
          scores.find((row) => row.assessment === assessment.key),
        ),
      ),
    };
  }
}

function funnelView({ key, title }: CourseModule, row: ModuleFunnel | undefined): ModuleFunnelView {
  const { opened = 0, started = 0, completed = 0, seconds = 0 } = row ?? {};
  return { key, title, opened, started, completed, seconds };
}

function distributionView({ key, title, kind }: Assessment, row: ScoreDistribution | undefined): ScoreDistributionView {
  if (!row) {
    const none = { attempts: 0, learners: 0, learnersPassed: 0, distribution: new Array<number>(10).fill(0) };
    return { key, title, kind, ...none };
  }
  const { attempts, learners, learnersPassed, meanShare, tenths } = row;
  const passRate = learnersPassed / learners;
  return { key, title, kind, attempts, learners, learnersPassed, passRate, meanShare, distribution: [...tenths] };
}

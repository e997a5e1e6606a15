import { ApiProperty } from '@nestjs/swagger';
import { assessmentKinds } from '../../courses/domain/events';

export class EnrolmentCountsView {
  @ApiProperty({ type: 'integer', description: 'Asked for, and not refused.' })
  enrolled: number;

  @ApiProperty({ type: 'integer' })
  waiting: number;

  @ApiProperty({ type: 'integer', description: 'Had a place, now or earlier.' })
  confirmed: number;

  @ApiProperty({ type: 'integer', description: 'Have a place, and have not ended.' })
  active: number;

  @ApiProperty({ type: 'integer' })
  completed: number;

  @ApiProperty({ type: 'integer' })
  failed: number;

  @ApiProperty({ type: 'integer', description: 'Withdrawn, absent or cancelled.' })
  droppedOut: number;

  @ApiProperty({ type: 'integer' })
  withdrawn: number;

  @ApiProperty({ type: 'integer' })
  noShow: number;

  @ApiProperty({ type: 'integer' })
  cancelled: number;
}

/** Each learner once, as far as they came: who completed has started, who started has opened. */
export class ModuleFunnelView {
  @ApiProperty()
  key: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ type: 'integer' })
  opened: number;

  @ApiProperty({ type: 'integer' })
  started: number;

  @ApiProperty({ type: 'integer' })
  completed: number;

  @ApiProperty({ description: 'Time spent by all of them together.' })
  seconds: number;
}

export class ScoreDistributionView {
  @ApiProperty()
  key: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ enum: assessmentKinds })
  kind: string;

  @ApiProperty({ type: 'integer', description: 'Graded attempts that count.' })
  attempts: number;

  @ApiProperty({ type: 'integer', description: 'Learners with such an attempt.' })
  learners: number;

  @ApiProperty({ type: 'integer' })
  learnersPassed: number;

  @ApiProperty({ required: false, description: 'Share of those learners who passed, 0 to 1.' })
  passRate?: number;

  @ApiProperty({ required: false, description: 'Mean score as a share of the maximum, 0 to 1.' })
  meanShare?: number;

  @ApiProperty({ type: [Number], description: 'Attempts by tenth of the maximum, the lowest first.' })
  distribution: number[];
}

export class CourseOverviewView {
  @ApiProperty()
  course: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ type: EnrolmentCountsView })
  enrolments: EnrolmentCountsView;

  @ApiProperty({ type: [ModuleFunnelView] })
  modules: ModuleFunnelView[];

  @ApiProperty({ type: [ScoreDistributionView] })
  assessments: ScoreDistributionView[];
}

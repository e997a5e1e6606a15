import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { notFound } from '@ardoise/decider';
import { ApiQueryRoute, IdPipe } from '@ardoise/http';
import { EnrolmentRegister } from '../../enrolments/queries/enrolment-register';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { LearningRecordView, PersonLearningView, ResumePointView } from './learning-record.view';
import { LearningRecords } from './learning-records';

@ApiTags('learning')
@Controller('v1/organisations/:organisation')
export class LearningRecordsHttp {
  constructor(
    private readonly records: LearningRecords,
    private readonly enrolments: EnrolmentRegister,
    private readonly persons: PersonDirectory,
  ) {}

  @Get('persons/:person/learning-record')
  @ApiQueryRoute({ summary: 'All that a person learned, over all of their aliases', answers: PersonLearningView })
  async ofPerson(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
  ): Promise<PersonLearningView> {
    const persons = await this.persons.known(organisation, person);
    const asked = await this.records.enrolmentsOf(organisation, persons);
    return { person, enrolments: await this.records.of(organisation, asked) };
  }

  @Get('enrolments/:enrolment/learning-record')
  @ApiQueryRoute({
    summary: 'What was learned under an enrolment: modules, time, attempts, where it goes on',
    answers: LearningRecordView,
  })
  async ofEnrolment(
    @Param('organisation') organisation: string,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
  ): Promise<LearningRecordView> {
    const { course } = await this.enrolments.get(organisation, enrolment);
    const [record] = await this.records.of(organisation, [{ enrolment, course }]);
    const view = record as LearningRecordView;
    if (isEmpty(view)) await this.records.refuseErased(organisation, enrolment);
    return view;
  }

  @Get('enrolments/:enrolment/resume-point')
  @ApiQueryRoute({ summary: 'Where the learner stopped', answers: ResumePointView })
  async resumePoint(
    @Param('organisation') organisation: string,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
  ): Promise<ResumePointView> {
    await this.enrolments.get(organisation, enrolment);
    const point = await this.records.resumePoint(organisation, enrolment);
    if (point) return point;
    await this.records.refuseErased(organisation, enrolment);
    throw notFound('resume-point-not-found', 'nothing says where the learner stopped');
  }
}

function isEmpty({ modules, assessments, parked }: LearningRecordView): boolean {
  const untouched = modules.every(({ state, seconds }) => state === 'not-started' && seconds === 0);
  return untouched && parked.length === 0 && assessments.every(({ attempts }) => attempts.length === 0);
}

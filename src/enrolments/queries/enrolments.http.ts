import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe, type Page } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { CourseCatalogue } from '../../courses/queries/course-catalogue';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { SessionCalendar } from '../../sessions/queries/session-calendar';
import { EnrolmentLists, EnrolmentsQuery } from './enrolment-lists';
import { EnrolmentRegister } from './enrolment-register';
import { detailView, EnrolmentDetailView, EnrolmentView } from './enrolment.view';

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation')
export class EnrolmentsHttp {
  constructor(
    private readonly register: EnrolmentRegister,
    private readonly lists: EnrolmentLists,
    private readonly persons: PersonDirectory,
    private readonly calendar: SessionCalendar,
    private readonly courses: CourseCatalogue,
  ) {}

  @Get('enrolments/:enrolment')
  @ApiQueryRoute({ summary: 'One enrolment, as the log has it', answers: EnrolmentDetailView })
  async one(
    @Param('organisation') organisation: string,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EnrolmentDetailView> {
    const { known, version } = await this.register.load(organisation, enrolment);
    void reply.header('etag', `"${version}"`);
    return detailView(enrolment, version, known);
  }

  @Get('persons/:person/enrolments')
  @ApiQueryRoute({ summary: 'Enrolments of a person, duplicates included', answers: EnrolmentView, list: true })
  async ofPerson(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
    @Query() query: EnrolmentsQuery,
  ): Promise<Page<EnrolmentView>> {
    const persons = await this.persons.known(organisation, person);
    return this.lists.page(organisation, { persons }, query);
  }

  @Get('sessions/:session/enrolments')
  @ApiQueryRoute({ summary: 'Enrolments in a session, the waiting list included', answers: EnrolmentView, list: true })
  async ofSession(
    @Param('organisation') organisation: string,
    @Param('session', new IdPipe('session')) session: string,
    @Query() query: EnrolmentsQuery,
  ): Promise<Page<EnrolmentView>> {
    await this.calendar.session(organisation, session);
    return this.lists.page(organisation, { session }, query);
  }

  @Get('courses/:course/enrolments')
  @ApiQueryRoute({ summary: 'Enrolments in a course, of all its sessions', answers: EnrolmentView, list: true })
  async ofCourse(
    @Param('organisation') organisation: string,
    @Param('course', new IdPipe('course')) course: string,
    @Query() query: EnrolmentsQuery,
  ): Promise<Page<EnrolmentView>> {
    await this.courses.definition(organisation, course);
    return this.lists.page(organisation, { course }, query);
  }
}

import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { notFound } from '@ardoise/decider';
import { ApiQueryRoute, IdPipe } from '@ardoise/http';
import { DataSource, In } from 'typeorm';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { NoticeRow } from '../read-models/notice.row';
import { noticeView, NoticeView } from './consent.view';

@ApiTags('consents')
@Controller('v1/organisations/:organisation/persons/:person/notices')
export class NoticesHttp {
  constructor(
    private readonly database: DataSource,
    private readonly persons: PersonDirectory,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: 'Notices that a person has seen, oldest first', answers: NoticeView, list: true })
  async list(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
  ): Promise<{ items: NoticeView[] }> {
    const aliases = await this.persons.known(organisation, person);
    const rows = await this.database.getRepository(NoticeRow).find({
      where: { organisation, person: In([...aliases]) },
      order: { occurredAt: 'ASC', seen: 'ASC' },
    });
    return { items: rows.map(noticeView) };
  }

  @Get(':notice')
  @ApiQueryRoute({ summary: 'One notice that a person has seen', answers: NoticeView })
  async one(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
    @Param('notice', new IdPipe('notice')) seen: string,
  ): Promise<NoticeView> {
    const aliases = await this.persons.known(organisation, person);
    const row = await this.database
      .getRepository(NoticeRow)
      .findOneBy({ organisation, seen, person: In([...aliases]) });
    if (!row) throw notFound('notice-not-found', 'there is no such notice');
    return noticeView(row);
  }
}

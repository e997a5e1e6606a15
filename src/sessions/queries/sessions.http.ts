import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { isId } from '@ardoise/format';
import {
  ApiQueryRoute,
  cursorOf,
  defaultLimit,
  Id,
  IdPipe,
  isDay,
  pageOf,
  PageQuery,
  ProblemError,
  type Page,
} from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { SessionRow } from '../read-models/session.row';
import { SessionReader } from './session-reader';
import { SessionView } from './session.view';

class SessionsQuery extends PageQuery {
  @Id({ optional: true, description: 'Only the sessions of this course.' })
  course?: string;
}

@ApiTags('sessions')
@Controller('v1/organisations/:organisation/sessions')
export class SessionsHttp {
  constructor(
    private readonly database: DataSource,
    private readonly reader: SessionReader,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: 'List sessions by their first day', answers: SessionView, list: true })
  async list(@Param('organisation') organisation: string, @Query() query: SessionsQuery): Promise<Page<SessionView>> {
    const limit = query.limit ?? defaultLimit;
    const select = this.database
      .getRepository(SessionRow)
      .createQueryBuilder('s')
      .where('s.organisation = :organisation', { organisation })
      .orderBy('s.startsOn')
      .addOrderBy('s.session')
      .limit(limit + 1);
    if (query.course !== undefined) select.andWhere('s.course = :course', { course: query.course });
    const after = cursorOf(query.after, isDay, isId);
    if (after) {
      select.andWhere('(s.startsOn, s.session) > (:day::date, :session)', { day: after[0], session: after[1] });
    }
    const rows = await select.getMany();
    const page = pageOf(
      rows,
      limit,
      (row) => row,
      (row) => [row.startsOn, row.session],
    );
    return { ...page, items: await this.reader.views(organisation, page.items) };
  }

  @Get(':session')
  @ApiQueryRoute({ summary: 'One session with its places and trainers', answers: SessionView })
  async one(
    @Param('organisation') organisation: string,
    @Param('session', new IdPipe('session')) session: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionView> {
    const row = await this.database.getRepository(SessionRow).findOneBy({ organisation, session });
    const [view] = row ? await this.reader.views(organisation, [row]) : [];
    if (!view) throw new ProblemError(404, 'session-not-found', 'there is no such session');
    void reply.header('etag', `"${view.version}"`);
    return view;
  }
}

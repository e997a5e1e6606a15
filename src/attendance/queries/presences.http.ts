import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { Recorder, Refusal } from '@ardoise/decider';
import { isId } from '@ardoise/format';
import { ApiQueryRoute, cursorOf, defaultLimit, IdPipe, isInstant, pageOf, PageQuery, type Page } from '@ardoise/http';
import type { Vault } from '@ardoise/vault';
import { DataSource } from 'typeorm';
import { EnrolmentRegister } from '../../enrolments/queries/enrolment-register';
import { standings } from '../../platform/late-facts';
import { VAULT } from '../../platform/tokens';
import { attendanceStream } from '../commands/attendance-desk';
import { attendance } from '../domain/attendance';
import { halfDays } from '../domain/events';
import { PresenceRow } from '../read-models/presence.row';

class PresenceView {
  @ApiProperty({ description: 'What a correction names.' })
  event: string;

  @ApiProperty({ required: false })
  session?: string;

  @ApiProperty({ format: 'date-time' })
  arrivedAt: string;

  @ApiProperty({ required: false, format: 'date-time' })
  leftAt?: string;

  @ApiProperty({ required: false, enum: halfDays })
  halfDay?: string;

  @ApiProperty({ enum: standings })
  standing: string;

  @ApiProperty({ required: false, enum: ['accepted', 'refused'], description: 'What was decided of a parked one.' })
  decision?: string;

  @ApiProperty({ description: 'Neither annulled nor parked without being accepted.' })
  counted: boolean;

  @ApiProperty()
  annulled: boolean;

  @ApiProperty()
  corrected: boolean;

  @ApiProperty()
  source: string;
}

@ApiTags('attendance')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/presences')
export class PresencesHttp {
  constructor(
    private readonly database: DataSource,
    private readonly enrolments: EnrolmentRegister,
    private readonly recorder: Recorder,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: 'When the learner was there, oldest first', answers: PresenceView, list: true })
  async list(
    @Param('organisation') organisation: string,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
    @Query() page: PageQuery,
  ): Promise<Page<PresenceView>> {
    await this.enrolments.get(organisation, enrolment);
    const limit = page.limit ?? defaultLimit;
    const select = this.database
      .getRepository(PresenceRow)
      .createQueryBuilder('p')
      .where('p.organisation = :organisation AND p.enrolment = :enrolment', { organisation, enrolment })
      .orderBy('p.arrivedAt')
      .addOrderBy('p.event')
      .limit(limit + 1);
    const after = cursorOf(page.after, isInstant, isId);
    if (after) {
      const [arrivedAt, event] = after;
      select.andWhere('(p.arrivedAt, p.event) > (:arrivedAt, :event)', { arrivedAt, event });
    }
    const rows = await select.getMany();
    if (rows.length === 0) await this.refuseErased(organisation, enrolment);
    return pageOf(rows, limit, presenceView, (row) => [new Date(row.arrivedAt).toISOString(), row.event]);
  }

  /** Tells attendance that has ended from attendance that never began. @throws Refusal `erased` */
  private async refuseErased(organisation: string, enrolment: string): Promise<void> {
    const stream = attendanceStream(await this.vault.naming(organisation), enrolment);
    const { events } = await this.recorder.load(attendance, organisation, stream);
    const ended = events.every(({ closed }) =>
      closed.some(({ role, state }) => role === 'learner' && state === 'erased'),
    );
    if (events.length > 0 && ended) throw new Refusal('gone', 'erased', 'the attendance has been erased');
  }
}

function presenceView(row: PresenceRow): PresenceView {
  const { event, session, arrivedAt, leftAt, halfDay, standing, decision, counted, annulled, corrected, source } = row;
  return {
    event,
    ...(session === null ? {} : { session }),
    arrivedAt: new Date(arrivedAt).toISOString(),
    ...(leftAt === null ? {} : { leftAt: new Date(leftAt).toISOString() }),
    ...(halfDay === null ? {} : { halfDay }),
    standing,
    ...(decision === null ? {} : { decision }),
    counted,
    annulled,
    corrected,
    source,
  };
}

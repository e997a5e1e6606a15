import { Injectable } from '@nestjs/common';
import { isId } from '@ardoise/format';
import { cursorOf, defaultLimit, isInstant, OneOf, pageOf, PageQuery, type Page } from '@ardoise/http';
import { DataSource } from 'typeorm';
import { enrolmentStates, type EnrolmentState } from '../domain/events';
import { EnrolmentRow } from '../read-models/enrolment.row';
import { enrolmentView, type EnrolmentView } from './enrolment.view';

export class EnrolmentsQuery extends PageQuery {
  @OneOf(enrolmentStates, { optional: true, description: 'Only those that stand so.' })
  state?: EnrolmentState;
}

/** What a list is of; a person is asked for under all ids that it is known by. */
export type ListOf =
  { readonly persons: readonly string[] } | { readonly session: string } | { readonly course: string };

/** Enrolments in the order in which they were requested. */
@Injectable()
export class EnrolmentLists {
  constructor(private readonly database: DataSource) {}

  async page(organisation: string, of: ListOf, query: EnrolmentsQuery): Promise<Page<EnrolmentView>> {
    const limit = query.limit ?? defaultLimit;
    const select = this.database
      .getRepository(EnrolmentRow)
      .createQueryBuilder('e')
      .where('e.organisation = :organisation', { organisation })
      .orderBy('e.requestedAt')
      .addOrderBy('e.enrolment')
      .limit(limit + 1);
    if ('persons' in of) select.andWhere('e.person IN (:...persons)', { persons: of.persons });
    else if ('session' in of) select.andWhere('e.session = :session', { session: of.session });
    else select.andWhere('e.course = :course', { course: of.course });
    if (query.state !== undefined) select.andWhere('e.state = :state', { state: query.state });
    const after = cursorOf(query.after, isInstant, isId);
    if (after) {
      const [at, enrolment] = after;
      select.andWhere('(e.requestedAt, e.enrolment) > (:at::timestamptz, :enrolment)', { at, enrolment });
    }
    return pageOf(await select.getMany(), limit, enrolmentView, (row) => [
      new Date(row.requestedAt).toISOString(),
      row.enrolment,
    ]);
  }
}

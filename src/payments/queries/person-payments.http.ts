import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { isId } from '@ardoise/format';
import {
  ApiQueryRoute,
  cursorOf,
  defaultLimit,
  IdPipe,
  isDay,
  pageOf,
  PageQuery,
  ProblemError,
  type Page,
} from '@ardoise/http';
import type { Vault } from '@ardoise/vault';
import { DataSource } from 'typeorm';
import { VAULT } from '../../platform/tokens';
import { InvoiceRow } from '../read-models/invoice.row';
import { InvoiceReading } from './invoice-reading';
import { InvoiceView } from './invoice.view';

@ApiTags('payments')
@Controller('v1/organisations/:organisation/persons/:person/payments')
export class PersonPaymentsHttp {
  constructor(
    private readonly database: DataSource,
    private readonly invoices: InvoiceReading,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Get()
  @ApiQueryRoute({
    summary: "A person's invoices with their payments, the latest first",
    answers: InvoiceView,
    list: true,
  })
  async list(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
    @Query() page: PageQuery,
  ): Promise<Page<InvoiceView>> {
    await this.require(organisation, person);
    const limit = page.limit ?? defaultLimit;
    const rows = await this.rows(organisation, person, limit + 1, cursorOf(page.after, isDay, isId));
    const { items, next } = pageOf(
      rows,
      limit,
      (row) => row,
      (row) => [row.issuedOn, row.invoice],
    );
    return { items: await this.invoices.views(organisation, items), ...(next === undefined ? {} : { next }) };
  }

  private async require(organisation: string, person: string): Promise<void> {
    const known = await this.vault.person(organisation, person);
    if (!known) throw new ProblemError(404, 'person-not-found', 'there is no such person');
    if (known.state !== 'active') throw new ProblemError(410, 'person-erased', 'the person was erased');
  }

  private async rows(
    organisation: string,
    person: string,
    limit: number,
    after: readonly string[] | undefined,
  ): Promise<InvoiceRow[]> {
    const persons = await this.vault.aliases(organisation, person);
    const query = this.database
      .getRepository(InvoiceRow)
      .createQueryBuilder('i')
      .where('i.organisation = :organisation', { organisation })
      .andWhere('i.person IN (:...persons)', { persons: persons.length > 0 ? persons : [person] })
      .orderBy('i.issuedOn', 'DESC')
      .addOrderBy('i.invoice')
      .limit(limit);
    if (after) {
      const [issuedOn, invoice] = after;
      query.andWhere('(i.issuedOn < :issuedOn OR (i.issuedOn = :issuedOn AND i.invoice > :invoice))', {
        issuedOn,
        invoice,
      });
    }
    return query.getMany();
  }
}

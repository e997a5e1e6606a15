import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { isId } from '@ardoise/format';
import { ApiQueryRoute, cursorOf, defaultLimit, IdPipe, isInstant, pageOf, PageQuery, type Page } from '@ardoise/http';
import { DataSource } from 'typeorm';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { DocumentRow } from '../read-models/document.row';
import { ListedDocumentView, listedDocumentView } from './document.view';

@ApiTags('documents')
@Controller('v1/organisations/:organisation/persons/:person/documents')
export class DocumentsHttp {
  constructor(
    private readonly database: DataSource,
    private readonly persons: PersonDirectory,
  ) {}

  @Get()
  @ApiQueryRoute({
    summary: "A person's documents, over all aliases, latest recorded first",
    answers: ListedDocumentView,
    list: true,
  })
  async list(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
    @Query() page: PageQuery,
  ): Promise<Page<ListedDocumentView>> {
    const limit = page.limit ?? defaultLimit;
    const aliases = await this.persons.known(organisation, person);
    const rows = this.database
      .getRepository(DocumentRow)
      .createQueryBuilder('d')
      .where('d.organisation = :organisation AND d.person = ANY(:aliases)', { organisation, aliases })
      .orderBy('d.recordedAt', 'DESC')
      .addOrderBy('d.document', 'DESC')
      .limit(limit + 1);
    const after = cursorOf(page.after, isInstant, isId);
    if (after) {
      const [instant, document] = after;
      rows.andWhere('(d.recordedAt, d.document) < (:instant::timestamptz, :document)', { instant, document });
    }
    const key = ({ recordedAt, document }: DocumentRow): string[] => [new Date(recordedAt).toISOString(), document];
    return pageOf(await rows.getMany(), limit, listedDocumentView, key);
  }
}

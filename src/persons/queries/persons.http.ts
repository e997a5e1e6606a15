import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiTags } from '@nestjs/swagger';
import { notFound } from '@ardoise/decider';
import { isId } from '@ardoise/format';
import {
  ApiQueryRoute,
  cursorOf,
  defaultLimit,
  IdPipe,
  Key,
  pageOf,
  PageQuery,
  ProblemError,
  Text,
  type Page,
} from '@ardoise/http';
import type { Vault } from '@ardoise/vault';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { VAULT } from '../../platform/tokens';
import { PersonRow } from '../read-models/person.row';
import { PersonDirectory } from './person-directory';
import { PersonRows } from './person-rows';
import { currentOf, ListedPersonView, PersonView, ProfileValueVersionView, versionView } from './person.view';

class PersonsQuery extends PageQuery {
  @Key({ optional: true, description: 'With `externalId`: whom this system knows by that id.' })
  system?: string;

  @Text({ optional: true, max: 200 })
  externalId?: string;
}

class FoundPersonView {
  @ApiProperty()
  id: string;
}

@ApiTags('persons')
@Controller('v1/organisations/:organisation/persons')
export class PersonsHttp {
  constructor(
    private readonly database: DataSource,
    private readonly rows: PersonRows,
    private readonly directory: PersonDirectory,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Get()
  @ApiQueryRoute({
    summary: 'List persons; with `system` and `externalId`, the id of the one person whom that system knows so',
    answers: ListedPersonView,
    list: true,
  })
  @ApiExtraModels(FoundPersonView)
  async list(
    @Param('organisation') organisation: string,
    @Query() query: PersonsQuery,
  ): Promise<Page<ListedPersonView> | FoundPersonView> {
    const { system, externalId } = query;
    if (system !== undefined && externalId !== undefined) return this.find(organisation, system, externalId);
    if (system !== undefined || externalId !== undefined) {
      const at = system === undefined ? 'system' : 'externalId';
      throw new ProblemError(422, 'request-not-valid', `${at}: goes with the other`, [
        { at, detail: 'a look-up names both system and externalId' },
      ]);
    }
    return this.page(organisation, query);
  }

  @Get(':person')
  @ApiQueryRoute({ summary: 'One person, over all aliases', answers: PersonView })
  async one(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PersonView> {
    const view = await this.rows.one(organisation, person, await this.directory.known(organisation, person));
    if (!view) throw notFound('person-not-found', 'there is no such person');
    void reply.header('etag', `"${view.version}"`);
    return view;
  }

  @Get(':person/profile-values')
  @ApiQueryRoute({
    summary: 'All versions of their profile values, oldest first',
    answers: ProfileValueVersionView,
    list: true,
  })
  async versions(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
  ): Promise<{ items: ProfileValueVersionView[] }> {
    const rows = await this.rows.versions(organisation, await this.directory.known(organisation, person));
    const current = new Set(currentOf(rows));
    return { items: rows.map((row) => versionView(row, current.has(row))) };
  }

  /** By keyed digest, in the vault: it finds nobody whose key has ended. */
  private async find(organisation: string, system: string, externalId: string): Promise<FoundPersonView> {
    const id = await this.vault.findByLookup(organisation, system, externalId);
    if (id === undefined) throw notFound('person-not-found', 'no person has this external id');
    return { id };
  }

  private async page(organisation: string, query: PageQuery): Promise<Page<ListedPersonView>> {
    const limit = query.limit ?? defaultLimit;
    const select = this.database
      .getRepository(PersonRow)
      .createQueryBuilder('p')
      .where('p.organisation = :organisation', { organisation })
      .orderBy('p.person')
      .limit(limit + 1);
    const after = cursorOf(query.after, isId);
    if (after) select.andWhere('p.person > :after', { after: after[0] });
    const rows = await select.getMany();
    const views = await this.rows.listed(organisation, rows.slice(0, limit));
    const show = ({ person, kinds }: PersonRow): ListedPersonView => views.get(person) ?? { id: person, kinds };
    return pageOf(rows, limit, show, ({ person }) => [person]);
  }
}

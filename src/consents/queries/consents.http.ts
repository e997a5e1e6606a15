import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { notFound, Recorder, Refusal } from '@ardoise/decider';
import { ApiQueryRoute, IdPipe } from '@ardoise/http';
import { Clock } from '@ardoise/time';
import type { FastifyReply } from 'fastify';
import { DataSource, In } from 'typeorm';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { standingOf } from '../domain/choices';
import { consent } from '../domain/consent';
import { ConsentRecordRow } from '../read-models/consent-record.row';
import { ConsentRow } from '../read-models/consent.row';
import { ConsentView, historyOf, purposeViews, PurposeView } from './consent.view';

@ApiTags('consents')
@Controller('v1/organisations/:organisation')
export class ConsentsHttp {
  constructor(
    private readonly database: DataSource,
    private readonly organisations: OrganisationDirectory,
    private readonly persons: PersonDirectory,
    private readonly recorder: Recorder,
    private readonly clock: Clock,
  ) {}

  @Get('persons/:person/consents')
  @ApiQueryRoute({
    summary: "A person's consents by purpose, over all aliases, with every choice and its proof",
    answers: PurposeView,
    list: true,
  })
  async ofPerson(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
  ): Promise<{ items: PurposeView[] }> {
    const policy = this.organisations.policy(organisation);
    const aliases = await this.persons.known(organisation, person);
    const rows = await this.database.getRepository(ConsentRecordRow).findBy({ organisation, person: In([...aliases]) });
    return { items: purposeViews(policy, rows, this.clock.now().toISOString()) };
  }

  @Get('consents/:consent')
  @ApiQueryRoute({ summary: 'One consent', answers: ConsentView })
  async one(
    @Param('organisation') organisation: string,
    @Param('consent', new IdPipe('consent')) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConsentView> {
    const policy = this.organisations.policy(organisation);
    const row = await this.database.getRepository(ConsentRow).findOneBy({ organisation, consent: id });
    if (!row) throw await this.absence(organisation, id);
    await this.persons.require(organisation, row.person);
    const records = await this.database.getRepository(ConsentRecordRow).findBy({ organisation, consent: id });
    void reply.header('etag', `"${row.version}"`);
    const { person, purpose, version, choice } = row;
    const made = { consent: id, purpose, choice, occurredAt: new Date(row.occurredAt).toISOString(), position: 0n };
    const { state } = standingOf(policy, [made], this.clock.now().toISOString());
    return { id, version, person, purpose, state, history: historyOf(records) };
  }

  private async absence(organisation: string, id: string): Promise<Refusal> {
    const { version, state } = await this.recorder.load(consent, organisation, `${consent.kind}-${id}`);
    return version > 0 && state.choice === undefined
      ? new Refusal('gone', 'erased', 'this consent has been erased')
      : notFound('consent-not-found', 'there is no such consent');
  }
}

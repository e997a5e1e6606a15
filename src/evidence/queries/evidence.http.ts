import { Controller, Get, Param } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe } from '@ardoise/http';
import { DataSource, In } from 'typeorm';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { keptOutcomes } from '../domain/events';
import { KeptResultRow } from '../read-models/kept-result.row';

class KeptResultView {
  @ApiProperty()
  id: string;

  @ApiProperty()
  courseTitle: string;

  @ApiProperty({ enum: keptOutcomes, description: '"annulled": what had been kept holds no more.' })
  outcome: string;

  @ApiProperty({ required: false, description: 'Hours that were realised.' })
  hours?: number;

  @ApiProperty({ format: 'date' })
  endedOn: string;

  @ApiProperty({ required: false, description: 'Register and code.' })
  certification?: string;

  @ApiProperty({ format: 'date-time' })
  recordedAt: string;
}

@ApiTags('evidence')
@Controller('v1/organisations/:organisation/persons/:person/evidence')
export class EvidenceHttp {
  constructor(
    private readonly database: DataSource,
    private readonly persons: PersonDirectory,
  ) {}

  @Get()
  @ApiQueryRoute({
    summary: 'The results kept as evidence, over all aliases, the latest first',
    answers: KeptResultView,
    list: true,
  })
  async list(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
  ): Promise<{ items: KeptResultView[] }> {
    const persons = await this.persons.known(organisation, person);
    const rows = await this.database.getRepository(KeptResultRow).find({
      where: { organisation, person: In([...persons]) },
      order: { endedOn: 'DESC', evidence: 'ASC' },
    });
    return { items: rows.map(keptResultView) };
  }
}

function keptResultView(row: KeptResultRow): KeptResultView {
  const { evidence: id, courseTitle, outcome, hours, endedOn, certification, recordedAt } = row;
  return {
    id,
    courseTitle,
    outcome,
    ...(hours === null ? {} : { hours: Number(hours) }),
    endedOn,
    ...(certification === null ? {} : { certification }),
    recordedAt: new Date(recordedAt).toISOString(),
  };
}
